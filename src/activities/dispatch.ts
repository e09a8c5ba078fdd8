// Tells whether seQura may have got this call before: from an earlier dispatch, or before a backup was restored.
import { activityInfo } from '@temporalio/activity';

/**
 * Temporal dispatches an activity again after a retry, an unpause, a reset or a change of its options. A reset sets `attempt` back to 1, and
 * each of them sets the time of the attempt. Only in the first dispatch is that the time of the scheduling.
 */
export function isFirstDispatch(): boolean {
  const { attempt, scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo();
  return attempt === 1 && currentAttemptScheduledTimestampMs === scheduledTimestampMs;
}

/** When this activity was scheduled, as all times of an order are written. */
export function scheduledAt(): string {
  return new Date(activityInfo().scheduledTimestampMs).toISOString();
}

/** A backup of Temporal's database that was restored. */
export type Backup = {
  /** Null: no backup was restored. */
  restoredAt: string | null;
  /** Ids of orders that seQura has, but the backup has not: they were placed after it was made. */
  forgottenOrders: ReadonlySet<string>;
};

export const NO_BACKUP: Backup = { restoredAt: null, forgottenOrders: new Set() };

export function isForgottenByBackup(wantedSince: string, { restoredAt }: Backup): boolean {
  return restoredAt !== null && wantedSince < restoredAt;
}
