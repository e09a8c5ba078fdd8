// The one judge of every test that makes something go wrong: the invariants, each looked at in all the evidence.
import type { Order } from '../../src/order/order.ts';
import type { OrderStatus } from '../../src/order/status.ts';
import { isFinal, STATUSES } from '../../src/order/status.ts';
import type { OrderView } from '../../src/order/view.ts';
import { eventKind } from '../../src/order/webhook.ts';
import type { Call, Delivery, ProviderOrder, WebhookTry } from '../../src/simulator/records.ts';
import type { Evidence, KeptWebhook, Posted, Run } from './evidence.ts';

/** Those that evidence alone can show. The others have judges of their own: I11 `privacy.ts`, I13 the replays, I12 and I14 the bursts. */
export const INVARIANTS = {
  I1: 'every order at seQura belongs to exactly one of ours, or to an open attention',
  I2: 'no create is repeated but by an operator or `recreate`; one live order for each reference',
  I3: 'no cancel follows an accepted confirmation; what crossed asks a human',
  I4: 'what was answered 2xx was applied, was a repeat, or is kept',
  I5: 'no 2xx before Temporal has it; never 409 or 410; 501 only for what is never wanted',
  I6: 'a repeated request has the same answer',
  I7: 'statuses move along the table of moves',
  I8: 'no more SMS than the limit',
  I9: 'every order is final, waits for its customer, or asks a human',
  I10: 'no order is past its deadline without a cancel or an attention',
  I15: 'cents in are cents at seQura',
} as const;
export type Invariant = keyof typeof INVARIANTS;

export type Violation = { invariant: Invariant; order: string; what: string };
export type Verdict = {
  violations: Violation[];
  /** How many things were looked at for each: 0 where there was nothing to violate it. */
  judged: Record<Invariant, number>;
};

/** `inFlightMs`: how long a cancel may have been on its way that reached seQura after a confirmation was accepted. */
export function judge(evidence: Evidence, { inFlightMs = 1_000 } = {}): Verdict {
  const verdict: Verdict = {
    violations: [],
    judged: Object.fromEntries(Object.keys(INVARIANTS).map((name) => [name, 0])) as Verdict['judged'],
  };
  const files = new Map(
    evidence.orders.map((order) => [keyOf(order.merchant_id, order.reference), fileOf(evidence, order)]),
  );
  const of = ({ merchant_id: merchantId, reference }: { merchant_id: string | null; reference: string | null }) =>
    files.get(keyOf(merchantId ?? '', reference ?? ''));

  for (const [invariant, look] of Object.entries(LOOKS) as [Invariant, Look][]) {
    look({
      evidence,
      files: [...files.values()],
      of,
      inFlightMs,
      holds(order, condition, what) {
        verdict.judged[invariant] += 1;
        if (!condition) verdict.violations.push({ invariant, order, what });
      },
    });
  }
  return verdict;
}

/** Everything about one order. */
type File = {
  view: OrderView;
  /** Its newest published state. */
  last: Order | undefined;
  runs: Run[];
  provider: ProviderOrder[];
  creates: Call[];
  cancels: Call[];
  deliveries: Delivery[];
};

type Court = {
  evidence: Evidence;
  files: File[];
  of: (row: { merchant_id: string | null; reference: string | null }) => File | undefined;
  inFlightMs: number;
  holds: (order: string, condition: boolean, what: string) => void;
};
type Look = (court: Court) => void;

const keyOf = (merchantId: string, reference: string) => JSON.stringify([merchantId, reference]);

function fileOf({ ledger, runs }: Evidence, view: OrderView): File {
  const ours = <T extends { reference: string | null; merchant_id: string | null }>(rows: T[]) =>
    rows.filter(
      (row) => row.reference === view.reference && (row.merchant_id ?? view.merchant_id) === view.merchant_id,
    );
  // A run that was started by hand has none of its states.
  const own = runs.filter(({ id, states }) => id === view.id && states.length > 0);
  const calls = ours(ledger.calls);
  return {
    view,
    last: own.at(-1)?.states.at(-1),
    runs: own,
    provider: ours(ledger.orders),
    creates: calls.filter(({ kind }) => kind === 'create'),
    cancels: calls.filter(({ kind }) => kind === 'cancel'),
    deliveries: ours(ledger.webhooks),
  };
}

const LOOKS: Record<Invariant, Look> = {
  I1({ evidence, files, of, holds }) {
    for (const order of evidence.ledger.orders)
      holds(order.reference, of(order) !== undefined, 'seQura has it, we do not');
    for (const file of files) {
      const { view, provider } = file;
      for (const order of provider) holds(view.id, isOwned(file, order), `${order.id} at seQura belongs to nobody`);
      const own = provider.find(({ id }) => String(id) === view.sequra_order_id);
      if (own !== undefined) holds(view.id, endsAgree(file, own), `${view.status}, and at seQura ${told(own)}`);
    }
  },

  I2({ files, holds }) {
    for (const { view, provider, creates } of files) {
      if (creates.length === 0) continue;
      const again =
        count(view, 'recreated') + view.timeline.filter((e) => e.event === 'resolved' && e.action === 'retry').length;
      // Whatever was answered 4xx did not create anything.
      const mayHaveCreated = creates.filter(
        ({ http_status: status }) => status === null || status < 400 || status >= 500,
      );
      holds(view.id, mayHaveCreated.length <= 1 + again, `${mayHaveCreated.length} creates may have arrived`);
      holds(view.id, provider.filter(isLive).length <= 1 + again, 'several live orders at seQura');
    }
  },

  I3({ files, inFlightMs, holds }) {
    for (const { view, cancels, deliveries } of files) {
      const acceptedMs = Math.min(
        ...deliveries.filter(isConfirmation).flatMap(({ tries }) => tries.filter(isAccepted).map(endedMs)),
      );
      if (!Number.isFinite(acceptedMs) || cancelledAfterwards(view)) continue;
      const crossed = hasAsked(view, 'confirm_cancel_crossed');
      for (const cancel of cancels) {
        const lateMs = Date.parse(cancel.at) - acceptedMs;
        holds(
          view.id,
          lateMs <= 0 || (crossed && lateMs <= inFlightMs),
          `a cancel ${lateMs} ms after the confirmation`,
        );
      }
      const silent = view.status === 'expired' || view.status === 'cancelled';
      holds(view.id, !silent || crossed, `${view.status} in silence, although the confirmation was accepted`);
    }
  },

  I4({ evidence, of, holds }) {
    for (const delivery of evidence.ledger.webhooks) {
      if (!delivery.tries.some(isAccepted)) continue;
      holds(
        delivery.reference,
        isKept(evidence, of(delivery), delivery),
        `${delivery.event} was accepted, and is nowhere`,
      );
    }
  },

  I5({ evidence, of, holds }) {
    for (const delivery of evidence.ledger.webhooks) {
      const recordedMs = Math.min(...recordings(evidence, of(delivery), delivery));
      for (const attempt of delivery.tries) {
        const { http_status: status } = attempt;
        if (status === null) continue;
        holds(delivery.reference, status !== 409 && status !== 410, `a webhook was answered ${status}`);
        if (status === 501)
          holds(delivery.reference, eventKind(delivery.event) === 'reject', `${delivery.event} was answered 501`);
        if (isAccepted(attempt) && Number.isFinite(recordedMs))
          holds(
            delivery.reference,
            recordedMs <= endedMs(attempt) + CLOCK_MS,
            `${delivery.event} was answered before it was recorded`,
          );
      }
    }
    for (const { id, status, reference, answeredMs } of evidence.posted) {
      if (status >= 300 || id === null) continue;
      const startedMs = Math.min(...evidence.runs.filter((run) => run.id === id).map((run) => run.startedMs));
      holds(reference, startedMs <= answeredMs + CLOCK_MS, 'a 2xx, and no workflow');
    }
  },

  I6({ evidence, holds }) {
    const byReference = Map.groupBy(evidence.posted, ({ reference }) => reference);
    for (const [reference, posts] of byReference) {
      const taken = posts.filter(({ id }) => id !== null);
      const [first] = taken;
      if (first === undefined) continue;
      holds(reference, new Set(taken.map(({ id }) => id)).size === 1, 'the same reference, several orders');
      for (const post of posts) holds(reference, isSameAnswer(first, post), `answered ${post.status}`);
    }
  },

  I7({ evidence, holds }) {
    for (const { id, states } of evidence.runs) {
      for (const [index, { status, tookOverFrom }] of states.entries()) {
        const before = states[index - 1];
        if (before === undefined || before.status === status || before.tookOverFrom !== tookOverFrom) continue;
        const moves: readonly OrderStatus[] = STATUSES[before.status].moves;
        holds(id, moves.includes(status), `${before.status} → ${status}`);
      }
    }
  },

  I8({ files, holds }) {
    for (const { view, last, provider } of files) {
      const sent = provider.reduce((sum, { sms }) => sum + sms.length, 0);
      if (sent > 0 && last !== undefined)
        holds(view.id, sent <= last.policy.smsLimit, `${sent} SMS of ${last.policy.smsLimit}`);
    }
  },

  I9({ evidence, files, holds }) {
    for (const { view, runs } of files) {
      const waits = view.status === 'awaiting_customer' && Date.parse(view.confirm_by ?? '') > evidence.nowMs;
      holds(view.id, isFinal(view.status) || view.attention !== null || waits, `left as ${view.status}`);
      if (isFinal(view.status) && view.attention === null)
        holds(view.id, isOver(runs.at(-1)?.status), `${view.status}, and its workflow is ${runs.at(-1)?.status}`);
    }
  },

  I10({ evidence, files, holds }) {
    for (const { view, last } of files) {
      if (view.confirm_by === null) continue;
      const overdue = Date.parse(last?.graceUntil ?? view.confirm_by) < evidence.nowMs;
      holds(
        view.id,
        !(overdue && view.status === 'awaiting_customer' && view.attention === null),
        'is past its deadline',
      );
    }
  },

  I15({ evidence, files, holds }) {
    for (const { view, provider } of files) {
      for (const order of provider) {
        const sums = [
          order.total_with_tax,
          ...evidence.posted.filter(({ id, status }) => id === view.id && status < 300).map(({ cents }) => cents),
        ];
        holds(
          view.id,
          sums.every((cents) => cents === view.total_with_tax),
          `${sums.join(', ')} cents for ${view.total_with_tax}`,
        );
      }
    }
  },
};

/** Clocks of one machine, read by several programs. */
const CLOCK_MS = 20;

/** Terminated: in the seconds that a reopened run stays after its end. What it had not taken up yet is a matter of I4. */
function isOver(status: string | undefined): boolean {
  return status === 'COMPLETED' || status === 'TERMINATED';
}

function count({ timeline }: OrderView, event: string): number {
  return timeline.filter((entry) => entry.event === event).length;
}

function hasAsked({ attention, timeline }: OrderView, reason: string): boolean {
  return (
    attention?.reason === reason || timeline.some((entry) => entry.event === 'attention' && entry.reason === reason)
  );
}

function hasResolved({ timeline }: OrderView, ...actions: string[]): boolean {
  return timeline.some((entry) => entry.event === 'resolved' && actions.includes(entry.action));
}

function isOwned({ view, last }: File, { id }: ProviderOrder): boolean {
  if (view.sequra_order_id === String(id) || view.attention !== null) return true;
  // Told by a webhook how it ended, without its number; made a second time by a setting; or decided by a human.
  const told = last?.heard.confirmedAt != null || last?.heard.cancelledAt != null;
  return (
    (view.sequra_order_id === null && told) ||
    count(view, 'recreated') > 0 ||
    hasResolved(view, 'attach', 'retry', 'give_up')
  );
}

function told({ status, effects }: ProviderOrder): string {
  return [status, ...effects.map(({ effect }) => effect)].join(', ');
}

function isLive({ status, effects }: ProviderOrder): boolean {
  return (
    status === 'pending' || (status === 'confirmed' && effects.every(({ effect }) => effect !== 'financing_asked'))
  );
}

/** Whether an end is the truth, where nobody has been asked. */
function endsAgree({ view, deliveries }: File, { status, effects }: ProviderOrder): boolean {
  if (view.attention !== null || !isFinal(view.status) || hasResolved(view, 'mark_confirmed', 'mark_cancelled'))
    return true;
  const undone = effects.some(({ effect }) => effect === 'financing_asked');
  switch (view.status) {
    case 'confirmed':
      return (status === 'confirmed' || status === 'completed') && !undone;
    case 'cancellation_requested':
      return undone || status === 'cancelled';
    case 'expired':
    case 'cancelled':
      // A sale whose confirmation never reached us, in ten tries, is cancelled like any other: nobody could know.
      return (
        status === 'cancelled' ||
        (undone && !deliveries.some((each) => isConfirmation(each) && each.tries.some(isAccepted)))
      );
    default:
      return false;
  }
}

/** A cancel of the sale, asked for when it was known to be confirmed. */
function cancelledAfterwards({ timeline }: OrderView): boolean {
  const confirmed = timeline.findIndex(({ event }) => event === 'confirmed');
  return confirmed !== -1 && timeline.slice(confirmed).some(({ event }) => event === 'cancel_requested');
}

function isConfirmation({ event }: Delivery): boolean {
  return eventKind(event) === 'confirm';
}

/** seQura may not have seen the answer: it was given all the same. */
function isAccepted({ http_status: status }: WebhookTry): boolean {
  return status !== null && status >= 200 && status < 300;
}

function endedMs({ at, duration_ms: durationMs }: WebhookTry): number {
  return Date.parse(at) + (durationMs ?? 0);
}

/** By any run under the order's id, one that was started by hand included. */
function heardOf({ runs }: Evidence, file: File | undefined, delivery: Delivery): Run['heard'] {
  return runs
    .filter(({ id }) => id === file?.view.id)
    .flatMap((run) => run.heard.filter(({ key }) => key === keyOfWebhook(delivery)));
}

function keyOfWebhook({ event, event_id: eventId }: Delivery): string {
  return `${event} ${eventId ?? ''}`;
}

function recordsOf({ kept }: Evidence, delivery: Delivery): KeptWebhook[] {
  const { reference, merchant_id: merchantId } = delivery;
  return kept.filter(
    (each) => each.key === keyOfWebhook(delivery) && each.reference === reference && each.merchantId === merchantId,
  );
}

function recordings(evidence: Evidence, file: File | undefined, delivery: Delivery): number[] {
  return [...heardOf(evidence, file, delivery), ...recordsOf(evidence, delivery)].map(({ atMs }) => atMs);
}

function isKept(evidence: Evidence, file: File | undefined, delivery: Delivery): boolean {
  // What an earlier run took up, or was left with, has to be known to the newest, or to be asked about.
  const key = keyOfWebhook(delivery);
  if (file?.runs.at(-1)?.heard.some((each) => each.key === key && each.taken) === true) return true;
  const isAsked = ['workflow_stopped', 'confirm_cancel_crossed'].includes(file?.view.attention?.reason ?? '');
  if (heardOf(evidence, file, delivery).length > 0 && (isAsked || file?.last?.seen.includes(key) === true)) return true;
  if (recordsOf(evidence, delivery).length > 0) return true;
  // A repeat of what ended the order leaves no trace: the order is what it says.
  const kind = eventKind(delivery.event);
  const status = file?.view.status;
  if (kind === 'confirm') return status === 'confirmed' || status === 'cancellation_requested';
  return kind === 'cancel' && (status === 'cancelled' || status === 'expired');
}

/** Held against the first that was taken. No answer, 429 and 503 say nothing of the order. */
function isSameAnswer(first: Posted, post: Posted): boolean {
  if (post.status === 0 || post.status === 429 || post.status === 503) return true;
  return post.body === first.body ? post.status !== 409 && post.status !== 500 : post.status === 409;
}
