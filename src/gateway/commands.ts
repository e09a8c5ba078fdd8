// The three commands of an order: the update that each sends, and its answer.
import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { PayloadKey } from '../config/model.ts';
import { cancelUpdate, resolveUpdate, sendSmsUpdate } from '../contract/messages.ts';
import type { KeyedCommand } from '../order/keyed.ts';
import { commandOf, isUnderWay, sentNothing } from '../order/keyed.ts';
import type { Order } from '../order/order.ts';
import { openAttention } from '../order/order.ts';
import type { Refusal } from '../order/refusal.ts';
import { isResolvedBefore, refuseCancel, refuseResolution, refuseSms } from '../order/refusal.ts';
import type { OrderStatus } from '../order/status.ts';
import { isCancelled } from '../order/status.ts';
import type { OrderView } from '../order/view.ts';
import { orderView } from '../order/view.ts';
import { requestDigest } from '../temporal/keyed-digests.ts';
import type { Claim, Keys } from './claim-key.ts';
import { OrderRefusal } from './errors.ts';
import type { Orders } from './orders.ts';
import type { Run } from './read.ts';
import { sendCommand } from './send-command.ts';
import type { SmsBudget } from './sms-budget.ts';
import { smsBudget } from './sms-budget.ts';

type Options = {
  client: Client;
  taskQueue: string;
  payloadKeys: readonly PayloadKey[] | null;
  keys: Keys;
  /** Reads the order, for a command that has no answer of its own. */
  read: (id: string) => Promise<OrderView | null>;
  /** As `sendCommand` takes it. */
  reached: (id: string) => void;
};

export function commands({
  client,
  taskQueue,
  payloadKeys,
  keys,
  read,
  reached,
}: Options): Pick<Orders, 'sendSms' | 'cancel' | 'resolve'> {
  async function seen<Answer>(id: string, answer: (order: OrderView) => Answer): Promise<Answer | null> {
    const order = await read(id);
    return order === null ? null : answer(order);
  }

  const budget = smsBudget(payloadKeys);
  const to = { client, taskQueue, reached };

  return {
    async sendSms(id, mobilePhone, key = null, by) {
      const startedAt = Date.now();
      const phone = createHash('sha256')
        .update(requestDigest(mobilePhone ?? '', payloadKeys) ?? '')
        .digest('hex');
      const sending = async (claim: Claim | null) => {
        const repeat = claim?.repeat === true;
        const answer = await sendCommand(to, id, {
          claim,
          startedAt,
          update: sendSmsUpdate,
          args: () => [mobilePhone === null && by === undefined ? null : { mobile_phone: mobilePhone, ...by }],
          refuse: refuseSms,
          refuseFirst: (run) => overBudget(client, budget, mobilePhone, run),
          known(order) {
            const known = settledCommand(order, claim);
            return known?.command === 'send_sms'
              ? { outcome: known.end, order: orderView(order), repeat: true }
              : undefined;
          },
          viewOf: ({ order }) => order,
          answer: ({ outcome, order }) => ({ outcome, order, repeat }),
          // The same request at the same revision is a repeat whose first answer was lost.
          updateId: ({ revision }) => `send_sms ${revision} ${phone.slice(0, 16)}`,
        });
        return answer ?? seen(id, (order) => ({ outcome: 'pending', order, repeat }) as const);
      };
      return keys.under(key, sending, (answer) => answer === null || sentNothing(answer.outcome));
    },

    async cancel(id, key = null, by) {
      const startedAt = Date.now();
      const cancelling = async (claim: Claim | null) => {
        const repeat = claim?.repeat === true;
        const asIs = (order: OrderView) => ({ end: cancelEnd(order), order, repeat });
        try {
          const answer = await sendCommand(to, id, {
            claim,
            startedAt,
            update: cancelUpdate,
            // Left out, so that a cancel of a backend has no payload.
            args: () => (by === undefined ? ([] as never) : [by]),
            refuse: refuseCancel,
            known(order) {
              const known = settledCommand(order, claim);
              if (known?.command === 'cancel') return { end: known.end, order: orderView(order), repeat: true };
              return isCancelled(order.status) ? asIs(orderView(order)) : undefined;
            },
            viewOf: (order) => order,
            answer: asIs,
            // Callers that wait for the same cancel share one update: Temporal takes ten at a time, and a resolution needs room.
            updateId: ({ revision }) => `cancel ${revision}`,
          });
          return answer ?? (await seen(id, asIs));
        } catch (error) {
          // The order was cancelled while this cancel was on its way: answered as a repeat of the cancel that did it.
          if (error instanceof OrderRefusal && error.order !== undefined && isCancelled(error.order.status))
            return asIs(error.order);
          throw error;
        }
      };
      return keys.under(key, cancelling, (answer) => answer === null);
    },

    async resolve(id, resolution, key = null) {
      const startedAt = Date.now();
      const at = new Date(startedAt).toISOString();
      const answering = (order: Order) => ({ ...resolution, answers: openAttention(order) ?? undefined, asked_at: at });
      const resolving = async (claim: Claim | null) => {
        const asIs = (order: OrderView) => ({ order, repeat: claim?.repeat === true });
        const answer = await sendCommand(to, id, {
          claim,
          startedAt,
          update: resolveUpdate,
          args: (order) => [answering(order)],
          refuse: (order) => refuseResolution(order, answering(order), at),
          unpauses: resolution.action === 'retry',
          known(order) {
            if (settledCommand(order, claim) !== undefined) return { order: orderView(order), repeat: true };
            return isResolvedBefore(order, answering(order), at) ? asIs(orderView(order)) : undefined;
          },
          viewOf: (order) => order,
          answer: asIs,
        });
        return answer ?? seen(id, asIs);
      };
      return keys.under(key, resolving, (answer) => answer === null);
    },
  };
}

/** Nothing is recorded: the order's own limits and state are looked at by its workflow. */
async function overBudget(
  client: Client,
  budget: SmsBudget,
  phone: string | null,
  { order, digests }: Run,
): Promise<Refusal | null> {
  const { smsPerPhonePerDay: perDay } = order.policy;
  if (perDay === undefined || refuseSms(order) !== null) return null;
  const entry = budget.entryOf({ phone, ownDigest: digests.phone ?? null });
  if (entry === null || !(await budget.isSpent(client, entry, perDay))) return null;
  return { code: 'sms_limit_reached', detail: `The phone has had its ${perDay} SMS of today, over all orders.` };
}

/** An earlier command with this key, once it is done. */
function settledCommand(order: Order, claim: Claim | null): KeyedCommand | undefined {
  const known = commandOf(order, claim?.key);
  return known !== undefined && !isUnderWay(order, known) ? known : undefined;
}

/** The status to which a cancel has led; null: an operator is asked first. */
function cancelEnd({ status, attention }: OrderView): OrderStatus | null {
  return attention?.reason === 'create_outcome_unknown' ? null : status;
}
