// Does each step that `decide` can name: an activity, or a wait until `decide` says something else.
import {
  ActivityCancellationType,
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  proxyLocalActivities,
  sleep,
} from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { OrderActivities } from '../contract/activities.ts';
import { patched } from '../contract/patches.ts';
import type { Step } from '../order/decide.ts';
import { deadlineOf, decide } from '../order/decide.ts';
import type { NewOrderEvent } from '../order/events.ts';
import type { WayIn } from '../order/activity-results.ts';
import { commandOf } from '../order/keyed.ts';
import type { Order } from '../order/order.ts';
import { REMINDER } from '../order/on-sms.ts';
import { tooLateForReminder } from '../order/reminder.ts';
import { assertNever } from '../order/status.ts';
import { stepSummary } from '../order/words.ts';
import {
  activities,
  asking,
  budgeted,
  endable,
  HELD_UP_SMS,
  NOT_SENT_SMS,
  isRecovery,
  once,
  orUnknown,
  recovered,
  sequraOrder,
  timeoutMs,
  UNCLEAR_CANCEL,
  UNKNOWN,
} from './calls.ts';
import type { OrderRun } from './order-run.ts';
import { now } from './order-run.ts';

const FIRST_CANCEL_RETRY_MS = 1_000;
const LONGEST_CANCEL_RETRY_MS = 60_000;

/** No timer is later than this while Temporal and a worker run. */
const PUNCTUAL_MS = 5_000;

/** More than the two tries of one look at the way in. */
const LOOK_MS = 20_000;
const ASK_WAY_IN: ActivityOptions = {
  startToCloseTimeout: LOOK_MS,
  retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 30_000 },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
};

const localActivities = proxyLocalActivities<OrderActivities>({
  startToCloseTimeout: LOOK_MS,
  retry: { maximumAttempts: 3 },
});

export async function doStep(step: Exclude<Step, { do: 'close' }>, run: OrderRun): Promise<void> {
  switch (step.do) {
    case 'create':
      return create(run);
    case 'send_sms':
      return sendSms(run, step.requestId);
    case 'cancel':
      return cancel(run);
    case 'await_customer':
    case 'await_reminder':
    case 'await_retry':
    case 'await_confirmation':
    case 'await_operator':
      return wait(run, step);
    case 'await_webhooks':
      return awaitWebhooks(run);
    default:
      return assertNever(step);
  }
}

async function create(run: OrderRun): Promise<void> {
  const { order, apply, request, underWay, believed } = run;
  const options = once(order());
  apply({ type: 'started', step: 'create' });
  if (request === null) return apply({ type: 'create_ended', result: { outcome: 'unknown' } });
  const cancelAsked = order().cancel !== null;
  const { againAt } = order().create;
  const wanted = { wantedSince: againAt ?? order().createdAt, lookedUp: againAt !== undefined };
  const input = { ...asking(run), request, timeoutMs: timeoutMs(order()), cancelAsked, ...wanted };
  const call = endable(underWay, () => activities.createOrder.executeWithOptions(options, [input]));
  const result = await orUnknown(call, believed, UNKNOWN);
  apply(isRecovery(result) ? recovered(result) : { type: 'create_ended', result });
}

async function sendSms(run: OrderRun, requestId: string): Promise<void> {
  const { order, apply, askedSms, underWay, believed } = run;
  const deadline = deadlineOf(order());
  if (deadline !== null && Date.parse(deadline) <= Date.now() && patched('no-sms-after-the-deadline', run))
    return apply(await timeEvent(run, deadline));
  const tooLate = requestId === REMINDER ? tooLateForReminder(order()) : null;
  if (tooLate !== null && tooLate <= now()) return apply({ type: 'time' });
  const asked = askedSms.get(requestId);
  const wantedSince = order().sms.askedAt?.[requestId] ?? order().createdAt;
  const input = {
    ...sequraOrder(order(), run),
    mobilePhone: asked?.mobilePhone ?? null,
    wantedSince,
    ...budgeted(order()),
  };
  const options = { ...once(order()), ...(tooLate !== null && { scheduleToStartTimeout: msUntil(tooLate) }) };
  if (asked !== undefined) asked.outcome = 'unknown';
  if (commandOf(order(), requestId) !== undefined) apply({ type: 'started', step: 'send_sms' });
  const call = endable(underWay, () => activities.sendSms.executeWithOptions(options, [input]));
  const result = await orUnknown(call, believed, UNKNOWN, HELD_UP_SMS, tooLate === null ? UNKNOWN : NOT_SENT_SMS);
  if (asked !== undefined) asked.outcome = isRecovery(result) ? 'not_possible' : result.outcome;
  apply(isRecovery(result) ? recovered(result) : { type: 'sms_ended', result });
}

/** Temporal retries the cancel until seQura answers. A timer asks for a human if that takes too long. */
async function cancel(run: OrderRun): Promise<void> {
  const { order, apply, believed, compact } = run;
  const mayHaveArrived = order().cancel?.mayHaveArrived ?? false;
  const options = {
    ...once(order()),
    retry: { initialInterval: FIRST_CANCEL_RETRY_MS, backoffCoefficient: 2, maximumInterval: LONGEST_CANCEL_RETRY_MS },
  };
  apply({ type: 'started', step: 'cancel' });
  let answered = false;
  const overdue = new CancellationScope({ cancellable: true });
  const watch = overdue.run(async () => {
    await sleep(order().policy.cancelOverdueSeconds * 1000, { summary: 'Limit for an unanswered cancel' });
    if (!answered) apply({ type: 'cancel_overdue' });
  });
  watch.catch(() => {});
  const input = { ...sequraOrder(order(), run), mayHaveArrived };
  const result = await orUnknown(activities.cancelOrder.executeWithOptions(options, [input]), believed, UNCLEAR_CANCEL);
  answered = true;
  if (!compact) overdue.cancel();
  apply(isRecovery(result) ? recovered(result) : { type: 'cancel_ended', result });
  if (!endsWithRun(order(), compact)) overdue.cancel();
}

async function wait(run: OrderRun, step: Step & { until: string | null }): Promise<void> {
  const { order, apply, interrupted, compact } = run;
  const decided = JSON.stringify(step);
  const otherwise = () => JSON.stringify(decide(order())) !== decided || interrupted();
  const { until } = step;
  if (until === null) return condition(otherwise);
  const timer = aside(() => sleep(msUntil(until), { summary: stepSummary(order()) }).then(() => false));
  const change = aside(() => condition(otherwise).then(() => true));
  const changed = await Promise.race([timer.ends, change.ends]);
  change.end();
  if (!endsWithRun(order(), compact)) timer.end();
  if (!changed) apply(await timeEvent(run, until));
}

/** Whether a timer ends with its run: to cancel it then would be one event more. */
function endsWithRun(order: Order, compact: boolean): boolean {
  return compact && decide(order).do === 'close';
}

/** What may be left behind: nobody has to wait for its end. */
function aside<Result>(start: () => Promise<Result>): { ends: Promise<Result>; end: () => void } {
  const scope = new CancellationScope({ cancellable: true });
  const ends = scope.run(start);
  ends.catch(() => {});
  return { ends, end: () => scope.cancel() };
}

function msUntil(time: string): number {
  return Math.max(1, Date.parse(time) - Date.now());
}

async function timeEvent(run: OrderRun, due: string): Promise<NewOrderEvent> {
  const order = run.order();
  const lateMs = Date.now() - Date.parse(due);
  const wasAway = lateMs > Math.max(order.policy.settleSeconds * 1000, PUNCTUAL_MS);
  const time: NewOrderEvent = { type: 'time', away: wasAway && patched('wait-for-repeats-after-an-outage', run) };
  const deadline = order.status === 'awaiting_customer' ? deadlineOf(order) : null;
  const isDeadline = deadline !== null && Date.parse(deadline) <= Date.now();
  if (!isDeadline || !patched('no-deadline-while-webhooks-are-shut-out', run)) return time;
  return { ...time, wayIn: await lookAtWayIn() };
}

/** A look that fails counts as closed: better to ask a human than to cancel what may be signed. */
async function lookAtWayIn(): Promise<WayIn> {
  try {
    return await localActivities.lookAtWayIn();
  } catch (error) {
    if (error instanceof ActivityFailure) return 'closed';
    throw error;
  }
}

/** Temporal retries the activity until webhooks can come in, without a trace in the history. The wait ends early if the order has something else to do. */
async function awaitWebhooks({ order, apply, interrupted }: OrderRun): Promise<void> {
  const asking = new CancellationScope({ cancellable: true });
  const options = { ...ASK_WAY_IN, summary: stepSummary(order()) };
  const answered = asking.run(() => activities.awaitWayIn.executeWithOptions(options, []));
  // If an operator has ended the activity instead, the way in is looked at again before the cancel.
  const reachable = () => apply({ type: 'webhooks_reachable' });
  answered.then(reachable, (error: unknown) => isCancellation(error) || reachable());
  await condition(() => decide(order()).do !== 'await_webhooks' || interrupted());
  asking.cancel();
}
