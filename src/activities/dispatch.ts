// Whether seQura may have got this call before: from an earlier dispatch, or before a backup was put back.
import { activityInfo } from '@temporalio/activity';

/**
 * Temporal dispatches an activity again after a retry, an unpause, a reset or a change of its options. A reset sets `attempt` back to 1, and
 * each of them sets the time of the attempt: only in the first dispatch it is the time of the scheduling.
 */
export function isFirstDispatch(): boolean {
  const { attempt, scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo();
  return attempt === 1 && currentAttemptScheduledTimestampMs === scheduledTimestampMs;
}

/** When this activity was scheduled, as all times of an order are written. */
export function scheduledAt(): string {
  return new Date(activityInfo().scheduledTimestampMs).toISOString();
}

/** What is known of a backup of Temporal's database that was put back. */
export type Backup = {
  /** When; null: none was. */
  restoredAt: string | null;
  /** Ids of orders that seQura has, and that were placed after the backup was made. */
  forgottenOrders: ReadonlySet<string>;
};

export const NO_BACKUP: Backup = { restoredAt: null, forgottenOrders: new Set() };

export function isForgottenByBackup(wantedSince: string, { restoredAt }: Backup): boolean {
  return restoredAt !== null && wantedSince < restoredAt;
}
