// Every change after which workflow code decides otherwise than in an earlier release. A run that began before the change follows its history
// (Temporal docs, "Patching"). The code may ask only for a patch of this table.
import { patched as patchedInHistory } from '@temporalio/workflow';

type Patch = {
  /** The day on which it came to main. */
  since: string;
  what: string;
};

/** When one may be removed: CONTRIBUTING.md, "Changing a workflow". */
export const PATCHES = {
  'a-reset-is-followed-by-a-reminder': {
    since: '2026-11-24',
    what: 'A run that a reset made asks what the run before it knew.',
  },
  'memo-knows-what-is-under-way': {
    since: '2026-11-24',
    what: 'The memo is also written where only a cancel or the SMS that wait have changed.',
  },
  'no-sms-after-the-deadline': {
    since: '2026-11-24',
    what: 'An SMS that would go out after the deadline is not sent.',
  },
  'typed-by-hand-is-news': { since: '2026-11-24', what: 'A signal without an event id is never a repeat.' },
  'wait-for-repeats-after-an-outage': {
    since: '2026-11-24',
    what: 'A deadline that is noticed late waits for webhooks that seQura repeats.',
  },
  'what-was-heard-answers-a-held-create': {
    since: '2026-11-24',
    what: 'A webhook that has said how the order ended answers a held create.',
  },
  'a-number-belongs-to-one-order': {
    since: '2026-11-25',
    what: 'Before an order takes a number it asks whether another one has it.',
  },
  'no-deadline-while-webhooks-are-shut-out': {
    since: '2026-11-25',
    what: 'At a deadline it is asked whether webhooks can come in.',
  },
  'what-is-typed-needs-trust': {
    since: '2026-11-25',
    what: 'A confirmation that no payload of the order vouches for is not believed.',
  },
  'the-same-again-is-remembered': {
    since: '2026-11-28',
    what: 'An order that is not closed remembers a webhook that says what it has ended as.',
  },
  'a-cancel-that-joins-is-noted': {
    since: '2026-11-28',
    what: 'A cancel that joins the deadline’s is noted in the timeline, once.',
  },
  'a-confirmation-overtakes-a-cancel': {
    since: '2026-11-28',
    what: 'After a reset, a cancel that was asked for in ignorance of a confirmation cancels no sale.',
  },
  'a-question-left-open-is-asked-anew': {
    since: '2026-11-28',
    what: 'A number that is put right where no SMS is left asks anew for an operator.',
  },
  'keyed-commands-are-remembered': {
    since: '2026-11-28',
    what: 'What came of a command with an idempotency key is remembered.',
  },
  'near-orders-are-shown': {
    since: '2026-11-28',
    what: 'For a webhook that no order has, orders of nearly its reference are looked for.',
  },
  'a-silence-is-followed-by-a-reminder': {
    since: '2026-11-28',
    what: 'Where the merchant wants it, one more SMS is sent after a silence.',
  },
} as const satisfies Record<string, Patch>;

export type PatchId = keyof typeof PATCHES;

/** Runs with a short history (docs/decisions/0070) began after every patch of before this day, and write none of them down: each is two events. */
const COMPACT_SINCE = '2026-11-29';

/** Whether this run decides by the rule of this patch. Deterministic: the answer is in the history. */
export function patched(id: PatchId, { compact }: { compact: boolean }): boolean {
  return (compact && PATCHES[id].since < COMPACT_SINCE) || patchedInHistory(id);
}
