// The merchant's budget of SMS: how many a phone may get in a day, over all orders. It is counted from the orders' search attributes, which lag
// some seconds. Where Temporal does not count in time the SMS is sent: without the link there is no sale, and one SMS too many does no harm.
import type { Client } from '@temporalio/client';
import type { PayloadKey } from '../config/model.ts';
import { SMS_COUNT_MS } from '../contract/time-limits.ts';
import { personalDigest } from '../temporal/keyed-digests.ts';
import { patient } from './visibility.ts';

/** `phone`: null for the number of the order, whose digest the order has. */
type Sms = { phone: string | null; ownDigest: string | null };

export type SmsBudget = {
  /** What an SMS counts as if it is sent now, `{digest} {day}`; null where nobody knows to which phone it goes. */
  entryOf(sms: Sms): string | null;
  isSpent(client: Client, entry: string, perDay: number): Promise<boolean>;
};

/** The digest is made with the first key: where another one becomes the first, a day is counted anew. Days are those of UTC. */
export function smsBudget(payloadKeys: readonly PayloadKey[] | null, clock = Date.now): SmsBudget {
  const inTurn = patient(SMS_COUNT_MS);
  return {
    entryOf({ phone, ownDigest }) {
      const digest = phone === null ? ownDigest : personalDigest('phone', phone, payloadKeys);
      return digest === null ? null : `${digest} ${new Date(clock()).toISOString().slice(0, 10)}`;
    },

    async isSpent(client, entry, perDay) {
      try {
        return await client.withDeadline(Date.now() + SMS_COUNT_MS, async () => {
          let sent = 0;
          // An order marks its first SMS of the day with 1, its second one with 2 as well: the counts add up to all SMS.
          for (let nth = 1; sent < perDay; nth += 1) {
            const { count } = await inTurn(entry, () => countOrders(client, `${entry} ${nth}`));
            if (count === 0) return false;
            sent += count;
          }
          return true;
        });
      } catch {
        return false;
      }
    },
  };
}

async function countOrders(client: Client, mark: string): Promise<{ count: number }> {
  return client.workflow.count(`SmsOfDay = '${mark}' AND ExecutionStatus != 'ContinuedAsNew'`);
}
