// Whether what an activity is asked for may have been asked of seQura before: by an earlier dispatch, or before a backup was put back.
import { activityInfo } from '@temporalio/activity';

/**
 * Temporal dispatches an activity again on whatever made it so: changed options, a pause, a reset. A reset sets `attempt` back to 1, and each
 * of them sets the time of the attempt: it is that of the scheduling only where nothing has happened since.
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
