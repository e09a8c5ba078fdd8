// Calls activities for the workflow, and says what a missing or unreadable result means.
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { OrderActivities, OrRecovery } from '../contract/activities.ts';
import type { Recovery } from '../order/activity-results.ts';
import type { NewOrderEvent } from '../order/events.ts';
import type { Order } from '../order/order.ts';
import { stepSummary } from '../order/words.ts';

/** The create or SMS that is under way. `scope` is cancelled when the call is held up. */
export type UnderWay = { scope: CancellationScope | null };

/** Added to the time limit of the call itself. An activity without a result by then counts as dead, and its outcome as unknown. */
export const ANSWER_MARGIN_MS = 10_000;

export const activities = proxyActivities<OrderActivities>({ startToCloseTimeout: ANSWER_MARGIN_MS });

export function once(order: Order): ActivityOptions {
  return {
    startToCloseTimeout: timeoutMs(order) + ANSWER_MARGIN_MS,
    retry: { maximumAttempts: 1 },
    // A held-up call may never end by itself.
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    summary: stepSummary(order),
  };
}

export function timeoutMs(order: Order): number {
  return order.policy.sequraTimeoutMs;
}

/** Of every call to seQura. */
export function asking({ compact }: { compact: boolean }) {
  return { askedBy: workflowInfo().runId, ...(compact && { failsIfNotDone: true as const }) };
}

export function sequraOrder(order: Order, run: { compact: boolean }) {
  const { merchantId, sequraOrderId } = order;
  return { ...asking(run), merchantId, sequraOrderId: sequraOrderId ?? '', timeoutMs: timeoutMs(order) };
}

/** Of an SMS, where its merchant has a budget. */
export function budgeted({ policy: { smsPerPhonePerDay: perDay } }: Order) {
  if (perDay === undefined) return {};
  const phoneDigest = workflowInfo().typedSearchAttributes.get({ name: 'PhoneDigest', type: 'KEYWORD' }) ?? null;
  return { budget: { perDay, phoneDigest } };
}

export function isRecovery(result: OrRecovery<object>): result is { forgotten: Recovery } {
  return 'forgotten' in result;
}

export function recovered({ forgotten: recovery }: { forgotten: Recovery }): NewOrderEvent {
  return { type: 'recovered', recovery };
}

export async function endable<Result>(underWay: UnderWay, start: () => Promise<Result>): Promise<Result> {
  const scope = new CancellationScope({ cancellable: true });
  underWay.scope = scope;
  try {
    return await scope.run(start);
  } finally {
    underWay.scope = null;
  }
}

export const UNKNOWN = { outcome: 'unknown' } as const;
/** Somebody who holds an SMS up does not want it sent: a human decides. */
export const HELD_UP_SMS = { outcome: 'unknown', repeat: false } as const;
/** No worker has taken it while it could still be sent. */
export const NOT_SENT_SMS = { outcome: 'not_sent', retryAfterMs: null } as const;
/** Counts as refused: a human decides, after a confirmation that would explain it has had time to come. */
export const UNCLEAR_CANCEL = { outcome: 'refused', mayHaveArrived: true } as const;

/**
 * The result of a call, also where it is in the details of a failure. An activity that failed without one, a dead worker's timeout included, or whose
 * result is unreadable, may have reached seQura.
 */
export async function orUnknown<Result extends object, Unknown>(
  promise: Promise<Result>,
  believed: (given: unknown) => unknown,
  unknown: Unknown,
  heldUp: Unknown = unknown,
  notStarted: Unknown = unknown,
): Promise<Result | Unknown> {
  const resultOf = (given: unknown): Result | null => {
    const result = (believed(given) ?? {}) as Result;
    return 'outcome' in result || isRecovery(result) ? result : null;
  };
  try {
    return resultOf(await promise) ?? unknown;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    if (isCancellation(error)) return heldUp;
    if (wasNotStarted(error)) return notStarted;
    const { cause } = error;
    return (cause instanceof ApplicationFailure ? resultOf(cause.details?.[0]) : null) ?? unknown;
  }
}

/** Whether no worker has taken it in time. */
function wasNotStarted({ cause }: ActivityFailure): boolean {
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}
