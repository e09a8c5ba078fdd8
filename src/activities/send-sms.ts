// Asks seQura to send the link to the customer, once.
import { NotSentError, RefusedError } from '../sequra/errors.ts';
import type { Sequra } from '../sequra/sequra.ts';
import type { OrderActivities } from './activities.ts';
import { forgotten } from './recall.ts';

export function sendSmsActivity(sequra: Sequra): OrderActivities['sendSms'] {
  return async ({ merchantId, sequraOrderId, mobilePhone, timeoutMs, askedBy }) => {
    const past = await forgotten(askedBy);
    if (past !== null) return { forgotten: past };
    try {
      await sequra.sendSms(sequraOrderId, mobilePhone, { merchantId, timeoutMs });
      return { outcome: 'sent' };
    } catch (error) {
      if (error instanceof NotSentError) return { outcome: 'not_sent', retryAfterMs: error.retryAfterMs };
      return { outcome: error instanceof RefusedError ? 'refused' : 'unknown' };
    }
  };
}
