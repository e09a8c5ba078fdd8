// References whose beginning asks for a fault, or for a customer who acts by himself: each case can be tried without switching anything on.
import type { Move } from './customer.ts';
import type { FaultCall, FaultInput } from './fault-table.ts';

type Magic = {
  /** What happens here. */
  means: string;
  /** What a shop sees of it. */
  seen: string;
  faults?: { [C in FaultCall]?: FaultInput<C> };
  /** What the customer, or seQura, does once the first SMS is there. */
  move?: Move;
};

const MAGIC: Record<string, Magic> = {
  'refuse-': {
    means: 'refuses the create',
    seen: '422 `order_refused`, `failed`',
    faults: { create: { kind: 'refuse', times: null } },
  },
  'unauthorized-': {
    means: 'answers the create 401, as where our account is not in order',
    seen: '502 `sequra_unauthorized`, `failed`',
    faults: { create: { kind: 'refuse', times: null, status: 401, shape: 'plain' } },
  },
  'overloaded-': {
    means: 'answers the create 429, and asks to wait for hours',
    seen: '502 `sequra_unreachable`, `failed`',
    faults: { create: { kind: 'rate_limited', times: null, retry_after: '9999' } },
  },
  'busy-': {
    means: 'answers the first create 429, and the one after two seconds as always',
    seen: '`creating` for two seconds, then as always',
    faults: { create: { kind: 'rate_limited', retry_after: '2' } },
  },
  'slow-': {
    means: 'takes eight seconds for the create',
    seen: '202 to `Prefer: wait=5`, `creating` for eight seconds',
    faults: { create: { kind: 'delay', delay_ms: 8_000 } },
  },
  'lost-': {
    means: 'makes the order, and the answer is lost',
    seen: '202, `create_outcome_unknown`',
    faults: { create: { kind: 'reset_after_effect' } },
  },
  'sms-fails-': {
    means: 'refuses the first two SMS',
    seen: '`sms_not_sent`; `send_sms` is answered 502 `sms_refused`, and 200 the next time',
    faults: { send_sms: { kind: 'refuse', times: 2 } },
  },
  'sms-lost-': {
    means: 'sends the first two SMS, and both answers are lost',
    seen: '`sms_not_sent`, `sms.last_outcome` is `unknown`',
    faults: { send_sms: { kind: 'reset_after_effect', times: 2 } },
  },
  'cancel-refused-': {
    means: 'refuses the first cancel',
    seen: '`cancel` is answered 202; `cancel_refused` after `settle_seconds`',
    faults: { cancel: { kind: 'refuse' } },
  },
  'cancel-fails-': {
    means: 'answers the first four cancels 503',
    seen: '`cancel` is answered 202; `cancel_overdue` after `cancel_overdue_seconds`; `cancelled` within twenty seconds',
    faults: { cancel: { kind: 'http_503', times: 4 } },
  },
  'signs-': {
    means: 'has the customer sign a second after the SMS',
    seen: '`confirmed`',
    move: 'confirm',
  },
  'confirms-twice-': {
    means: 'has the customer sign, and sends the confirmation twice',
    seen: '`confirmed`, once',
    move: 'confirm',
    faults: { webhook: { kind: 'duplicate' } },
  },
  'confirms-late-': {
    means: 'has the customer sign, and sends the confirmation twelve seconds later',
    seen: '`confirmed` late; of a merchant whose deadline comes first `expired`, then `confirm_cancel_crossed`',
    move: 'confirm',
    faults: { webhook: { kind: 'late', delay_ms: 12_000 } },
  },
  'silent-': {
    means: 'has the customer sign, and never says so',
    seen: '`expired` at the deadline',
    move: 'confirm',
    faults: { webhook: { kind: 'never' } },
  },
  'unknown-event-': {
    means: 'has the customer sign, and says so by an event name that nobody knows',
    seen: '`unrecognised_event`, then `expired` at the deadline',
    move: 'confirm',
    faults: { webhook: { kind: 'other_event' } },
  },
  'declines-': {
    means: 'declines the customer, and tells nobody',
    seen: '`expired` at the deadline',
    move: 'decline',
  },
  'sequra-cancels-': {
    means: 'cancels the order a second after the SMS',
    seen: '`cancelled`',
    move: 'cancel',
  },
};

export const MAGIC_REFERENCES: readonly (Omit<Magic, 'faults' | 'move'> & { begins: string })[] = Object.entries(
  MAGIC,
).map(([begins, { means, seen }]) => ({ begins, means, seen }));

export function magicOf(reference: string): Pick<Magic, 'faults' | 'move'> {
  return Object.entries(MAGIC).find(([begins]) => reference.startsWith(begins))?.[1] ?? {};
}
