// Asks seQura to send the link to the customer, once.
import { NotSentError } from '../http/errors.ts';
import { RefusedError } from '../sequra/errors.ts';
import type { Sequra } from '../sequra/sequra.ts';
import type { OrderActivities } from '../contract/activities.ts';
import type { Backup } from './dispatch.ts';
import { isFirstDispatch, isForgottenByBackup, scheduledAt } from './dispatch.ts';
import { recoveryFor } from './recover.ts';

export function sendSmsActivity(sequra: Sequra, backup: Backup): OrderActivities['sendSms'] {
  return async ({ merchantId, sequraOrderId, mobilePhone, timeoutMs, askedBy, wantedSince = scheduledAt() }) => {
    const recovery = await recoveryFor(askedBy);
    if (recovery !== null) return { forgotten: recovery };
    if (isForgottenByBackup(wantedSince, backup)) return { outcome: 'unknown', repeat: false };
    if (!isFirstDispatch()) return { outcome: 'unknown' };
    try {
      await sequra.sendSms(sequraOrderId, mobilePhone, { merchantId, timeoutMs });
      return { outcome: 'sent' };
    } catch (error) {
      if (error instanceof NotSentError) return { outcome: 'not_sent', retryAfterMs: error.retryAfterMs };
      return { outcome: error instanceof RefusedError ? 'refused' : 'unknown' };
    }
  };
}
