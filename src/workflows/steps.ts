// How the workflow does each step that `decide` can name: an activity, or a wait until `decide` says something else.
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import { NUMBER_CLAIM_MS } from '../contract/deadlines.ts';
import type { OrderActivities, OrForgotten } from '../contract/activities.ts';
import type { Step } from '../order/decide.ts';
import { deadlineOf, decide } from '../order/decide.ts';
import type { Forgotten, NewOrderEvent, WayIn } from '../order/events.ts';
import type { Order } from '../order/order.ts';
import { orderOf } from '../order/order.ts';
import type { OrderRequest } from '../order/request.ts';
import { assertNever } from '../order/status.ts';
import { stepSummary } from '../order/words.ts';
import type { SmsAnswer } from '../contract/messages.ts';
import { patched } from '../contract/patches.ts';

/** An SMS that a backend or an operator asked for: the number it goes to (null: the order's own) and what became of it. */
export type AskedSms = { mobilePhone: string | null; outcome: SmsAnswer['outcome'] };

/** The call that is under way and may not be made twice: ended where Temporal holds it up, and no worker has it. */
export type UnderWay = { scope: CancellationScope | null };

/** What a step works on and with. */
export type Work = {
  order: () => Order;
  apply: (event: NewOrderEvent) => void;
  /** Null once the order exists at seQura. */
  request: OrderRequest | null;
  askedSms: ReadonlyMap<string, AskedSms>;
  underWay: UnderWay;
  /** Ends every wait: something else has to be done first. */
  interrupted: () => boolean;
  /** An activity's answer, as far as it may be believed. */
  own: (given: unknown) => unknown;
};

/** Beyond the call itself: an activity that says nothing for longer is taken for dead, and its outcome for unknown. */
const ANSWER_MARGIN_MS = 10_000;

const FIRST_RECALL_RETRY_MS = 500;
const FIRST_CANCEL_RETRY_MS = 1_000;
const LONGEST_CANCEL_RETRY_MS = 60_000;

/** How late a timer is learned of at most, where Temporal and a worker are there. */
const PUNCTUAL_MS = 5_000;

/** More than the two tries of a look. */
const LOOK_MS = 20_000;
const ASK_WAY_IN: ActivityOptions = {
  startToCloseTimeout: LOOK_MS,
  retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 30_000 },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
};

const activities = proxyActivities<OrderActivities>({ startToCloseTimeout: ANSWER_MARGIN_MS });
const localActivities = proxyLocalActivities<OrderActivities>({
  startToCloseTimeout: LOOK_MS,
  retry: { maximumAttempts: 3 },
});

export async function doStep(step: Exclude<Step, { do: 'close' }>, work: Work): Promise<void> {
  switch (step.do) {
    case 'create':
      return create(work);
    case 'send_sms':
      return sendSms(work, step.requestId);
    case 'cancel':
      return cancel(work);
    case 'await_customer':
    case 'await_retry':
    case 'await_confirmation':
    case 'await_operator':
      return wait(work, step);
    case 'await_webhooks':
      return awaitWebhooks(work);
    default:
      return assertNever(step);
  }
}

async function create({ order, apply, request, underWay, own }: Work): Promise<void> {
  const options = once(order());
  apply({ type: 'started', step: 'create' });
  if (request === null) return apply({ type: 'create_ended', result: { outcome: 'unknown' } });
  const cancelAsked = order().cancel !== null;
  const { againAt } = order().create;
  const wanted = { wantedSince: againAt ?? order().createdAt, lookedUp: againAt !== undefined };
  const input = { askedBy: workflowInfo().runId, request, timeoutMs: timeoutMs(order()), cancelAsked, ...wanted };
  const call = endable(underWay, () => activities.createOrder.executeWithOptions(options, [input]));
  const result = await orUnknown(call, own, UNKNOWN);
  apply(isForgotten(result) ? reminded(result) : { type: 'create_ended', result });
}

async function sendSms({ order, apply, askedSms, underWay, own }: Work, requestId: string): Promise<void> {
  const deadline = deadlineOf(order());
  if (deadline !== null && Date.parse(deadline) <= Date.now() && patched('no-sms-after-the-deadline'))
    return apply(await timeEvent(order(), deadline));
  const asked = askedSms.get(requestId);
  const wantedSince = order().sms.askedAt?.[requestId] ?? order().createdAt;
  const input = { ...sequraOrder(order()), mobilePhone: asked?.mobilePhone ?? null, wantedSince };
  if (asked !== undefined) asked.outcome = 'unknown';
  const call = endable(underWay, () => activities.sendSms.executeWithOptions(once(order()), [input]));
  const result = await orUnknown(call, own, UNKNOWN, HELD_UP_SMS);
  if (asked !== undefined) asked.outcome = isForgotten(result) ? 'not_possible' : result.outcome;
  apply(isForgotten(result) ? reminded(result) : { type: 'sms_ended', result });
}

/** Temporal retries until seQura answers; meanwhile a timer asks for a human once that takes too long. */
async function cancel({ order, apply, own }: Work): Promise<void> {
  const mayHaveArrived = order().cancel?.mayHaveArrived ?? false;
  const options = {
    ...once(order()),
    retry: { initialInterval: FIRST_CANCEL_RETRY_MS, backoffCoefficient: 2, maximumInterval: LONGEST_CANCEL_RETRY_MS },
  };
  apply({ type: 'started', step: 'cancel' });
  const overdue = new CancellationScope({ cancellable: true });
  const watch = overdue.run(async () => {
    await sleep(order().policy.cancelOverdueSeconds * 1000, { summary: 'Limit for an unanswered cancel' });
    apply({ type: 'cancel_overdue' });
  });
  watch.catch(() => {});
  const input = { ...sequraOrder(order()), mayHaveArrived };
  const result = await orUnknown(activities.cancelOrder.executeWithOptions(options, [input]), own, UNCLEAR_CANCEL);
  overdue.cancel();
  apply(isForgotten(result) ? reminded(result) : { type: 'cancel_ended', result });
}

/** Throws where the number is another order's, or where nobody can tell now. After a cancel of the run, too. */
export async function claimNumber(number: string): Promise<void> {
  const options = {
    startToCloseTimeout: NUMBER_CLAIM_MS,
    scheduleToCloseTimeout: NUMBER_CLAIM_MS,
    retry: { initialInterval: FIRST_RECALL_RETRY_MS, backoffCoefficient: 2 },
    summary: 'Whether another order has the number',
  };
  let holder: string | null;
  try {
    const asking = () => activities.claimNumber.executeWithOptions(options, [{ number }]);
    ({ holder } = await CancellationScope.nonCancellable(asking));
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    throw ApplicationFailure.create({ message: 'Ask again.', type: 'number_not_checked', nonRetryable: true });
  }
  if (holder === null) return;
  const message = 'Another order has this number.';
  throw ApplicationFailure.create({ message, type: 'sequra_order_taken', nonRetryable: true, details: [holder] });
}

/** A reset forgets, seQura does not. */
export async function remind({ order, apply, underWay, own }: Work): Promise<void> {
  const retry = {
    initialInterval: FIRST_RECALL_RETRY_MS,
    backoffCoefficient: 2,
    maximumInterval: LONGEST_CANCEL_RETRY_MS,
  };
  const options = { startToCloseTimeout: ANSWER_MARGIN_MS, retry, summary: 'What the order knew before it was reset' };
  let forgotten: Forgotten | null | undefined;
  while (forgotten === undefined) {
    try {
      forgotten = own(
        await endable(underWay, () => activities.recall.executeWithOptions(options, [])),
      ) as Forgotten | null;
    } catch (error) {
      // Held up: harmless to ask again.
      if (!isCancellation(error)) throw error;
    }
  }
  if (forgotten === null || !('run' in forgotten)) return;
  const isOther = forgotten.order !== null && orderOf(order().id, forgotten.order) === null;
  if (!isOther) apply(reminded({ forgotten }));
}

async function wait({ order, apply, interrupted }: Work, step: Step & { until: string | null }): Promise<void> {
  const decided = JSON.stringify(step);
  const otherwise = () => JSON.stringify(decide(order())) !== decided || interrupted();
  if (step.until === null) return condition(otherwise);
  const waitMs = Math.max(1, Date.parse(step.until) - Date.now());
  if (await condition(otherwise, waitMs, { summary: stepSummary(order()) })) return;
  apply(await timeEvent(order(), step.until));
}

async function timeEvent(order: Order, due: string): Promise<NewOrderEvent> {
  const lateMs = Date.now() - Date.parse(due);
  const wasAway = lateMs > Math.max(order.policy.settleSeconds * 1000, PUNCTUAL_MS);
  const time: NewOrderEvent = { type: 'time', away: wasAway && patched('wait-for-repeats-after-an-outage') };
  const deadline = order.status === 'awaiting_customer' ? deadlineOf(order) : null;
  const isDeadline = deadline !== null && Date.parse(deadline) <= Date.now();
  if (!isDeadline || !patched('no-deadline-while-webhooks-are-shut-out')) return time;
  return { ...time, wayIn: await lookAtWayIn() };
}

/** A look that fails has seen nothing: better to ask a human than to cancel what may be signed. */
async function lookAtWayIn(): Promise<WayIn> {
  try {
    return await localActivities.lookAtWayIn();
  } catch (error) {
    if (error instanceof ActivityFailure) return 'closed';
    throw error;
  }
}

/** Temporal asks again and again, without a trace in the history, and stops where something else comes first. */
async function awaitWebhooks({ order, apply, interrupted }: Work): Promise<void> {
  const asking = new CancellationScope({ cancellable: true });
  const options = { ...ASK_WAY_IN, summary: stepSummary(order()) };
  const answered = asking.run(() => activities.awaitWayIn.executeWithOptions(options, []));
  // Where an operator ended the activity instead, the way in is looked at again before the cancel.
  const reachable = () => apply({ type: 'webhooks_reachable' });
  answered.then(reachable, (error: unknown) => isCancellation(error) || reachable());
  await condition(() => decide(order()).do !== 'await_webhooks' || interrupted());
  asking.cancel();
}

/** The history has become long, with webhooks that came over and over for example, and nothing is under way. */
export function mustContinueAsNew(): boolean {
  return workflowInfo().continueAsNewSuggested && allHandlersFinished();
}

function once(order: Order): ActivityOptions {
  return {
    startToCloseTimeout: timeoutMs(order) + ANSWER_MARGIN_MS,
    retry: { maximumAttempts: 1 },
    // What is held up may never end by itself.
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    summary: stepSummary(order),
  };
}

function timeoutMs(order: Order): number {
  return order.policy.sequraTimeoutMs;
}

function sequraOrder(order: Order) {
  const { merchantId, sequraOrderId } = order;
  return { askedBy: workflowInfo().runId, merchantId, sequraOrderId: sequraOrderId ?? '', timeoutMs: timeoutMs(order) };
}

function isForgotten(result: OrForgotten<object>): result is { forgotten: Forgotten } {
  return 'forgotten' in result;
}

function reminded({ forgotten }: { forgotten: Forgotten }): NewOrderEvent {
  return { type: 'reminded', of: forgotten };
}

async function endable<Result>(underWay: UnderWay, start: () => Promise<Result>): Promise<Result> {
  const scope = new CancellationScope({ cancellable: true });
  underWay.scope = scope;
  try {
    return await scope.run(start);
  } finally {
    underWay.scope = null;
  }
}

const UNKNOWN = { outcome: 'unknown' } as const;
/** Whoever held it up did not want it sent: a human decides. */
const HELD_UP_SMS = { outcome: 'unknown', repeat: false } as const;
/** A human decides, once a confirmation that would explain it has had its time. */
const UNCLEAR_CANCEL = { outcome: 'refused', mayHaveArrived: true } as const;

/** An activity that failed without a result, a dead worker's timeout included, or whose result is unreadable, may have reached seQura. */
async function orUnknown<Result extends object, Unknown>(
  promise: Promise<Result>,
  own: (given: unknown) => unknown,
  unknown: Unknown,
  heldUp: Unknown = unknown,
): Promise<Result | Unknown> {
  try {
    const result = own(await promise) as Result;
    return 'outcome' in result || isForgotten(result) ? result : unknown;
  } catch (error) {
    if (error instanceof ActivityFailure) return isCancellation(error) ? heldUp : unknown;
    throw error;
  }
}
