// Asks seQura to send the link to the customer, once.
import { getClient } from '@temporalio/activity';
import { NotSentError } from '../http/errors.ts';
import { RefusedError } from '../sequra/errors.ts';
import type { Sequra } from '../sequra/sequra.ts';
import type { OrderActivities } from '../contract/activities.ts';
import type { SmsBudget } from '../gateway/sms-budget.ts';
import type { Backup } from './dispatch.ts';
import { isFirstDispatch, isForgottenByBackup, scheduledAt } from './dispatch.ts';
import { recoveryFor } from './recover.ts';

export function sendSmsActivity(sequra: Sequra, backup: Backup, sms: SmsBudget): OrderActivities['sendSms'] {
  return async ({
    merchantId,
    sequraOrderId,
    mobilePhone,
    timeoutMs,
    askedBy,
    wantedSince = scheduledAt(),
    budget,
  }) => {
    const recovery = await recoveryFor(askedBy);
    if (recovery !== null) return { forgotten: recovery };
    if (isForgottenByBackup(wantedSince, backup)) return { outcome: 'unknown', repeat: false };
    if (!isFirstDispatch()) return { outcome: 'unknown' };
    const entry = budget && sms.entryOf({ phone: mobilePhone, ownDigest: budget.phoneDigest });
    if (budget && entry && (await sms.isSpent(getClient(), entry, budget.perDay))) return { outcome: 'over_limit' };
    const counted = entry ? { counted: entry } : {};
    try {
      await sequra.sendSms(sequraOrderId, mobilePhone, { merchantId, timeoutMs });
      return { outcome: 'sent', ...counted };
    } catch (error) {
      if (error instanceof NotSentError) return { outcome: 'not_sent', retryAfterMs: error.retryAfterMs };
      return error instanceof RefusedError ? { outcome: 'refused' } : { outcome: 'unknown', ...counted };
    }
  };
}
