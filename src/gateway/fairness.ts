// Whose turn a workflow is: where merchants have tasks queued, Temporal hands out one of each in turn (`matching.enableFairness`).
import type { Priority } from '@temporalio/common';

/** Activities, child workflows and later runs inherit it. Temporal takes a key of 64 bytes: merchants' ids are no longer. */
export function inTurnOf(merchantId: string | undefined): { priority?: Priority } {
  return merchantId === undefined ? {} : { priority: { fairnessKey: merchantId } };
}
