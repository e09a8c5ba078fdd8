// What is walked through, in this order: each step says what was seen, or what to do about it.
import { randomBytes } from 'node:crypto';
import type { NewOrder, Order } from 'part-payment-orders-client';
import { ProblemError } from 'part-payment-orders-client';
import { isFinal } from '../../order/status.ts';
import { sendTest } from './endpoint.ts';
import { isAnswered } from './http.ts';
import type { SequraSide } from './sequra-side.ts';
import type { Step } from './step.ts';
import { NotPassed, passed, skipped } from './step.ts';
import { cameTo, problem } from './till.ts';
import type { Walk } from './walk.ts';
import { CANCEL_MS, place, placed, smsOf } from './walk.ts';
import { postWebhook } from './webhook-door.ts';

const AFTER_DEADLINE_MS = 60_000;
const WRONG_TOKEN_BYTES = 32;

export const STEPS: readonly Step<Walk>[] = [
  {
    name: 'API',
    async run({ till, merchant }) {
      const query = { merchant_id: merchant.id, limit: 1 };
      const list = await till.call(({ http }) => http.GET('/v1/orders', { params: { query } }));
      if (list.data === undefined) throw problem(new ProblemError(list.response, list.error));
      // Nothing but the merchant: refused for what is missing where the key may place orders, and for the key where it may not.
      const body = { merchant: { id: merchant.id } } as NewOrder;
      const empty = await till.call(({ http }) => http.POST('/v1/orders', { body }));
      if (empty.response.status !== 422) throw problem(new ProblemError(empty.response, empty.error));
      return passed(`answers at ${till.url}, and the key may read and place orders of ${merchant.id}`);
    },
  },
  {
    name: 'wrong token',
    async run(walk) {
      const status = await postWebhook(walk.webhooks, randomBytes(WRONG_TOKEN_BYTES).toString('base64url'), {});
      if (status === 404) return passed('a webhook at a wrong address is refused');
      throw new NotPassed(
        `a webhook at a wrong address is answered ${status}, not 404`,
        'Whoever answers there is not this API: look at the proxy in front.',
      );
    },
  },
  {
    name: 'right token',
    needs: 'wrong token',
    async run(walk) {
      for (const token of walk.merchant.webhookTokens) {
        // Without an event: refused once the token is known, and without effect.
        const status = await postWebhook(walk.webhooks, token, { utf8: '✓' });
        if (status !== 400)
          throw new NotPassed(
            `the API does not know a webhook token that the merchants file has for ${walk.merchant.id}`,
            'It runs with another merchants file, or has not taken this one: its log says what it has read.',
          );
      }
      return passed(`the API takes webhooks of ${walk.merchant.id} at ${walk.webhooks}…`);
    },
  },
  {
    name: 'create',
    needs: 'API',
    async run(walk) {
      const { id, sequra_order_id } = await place(walk, 'sign');
      return passed(`${id} is ${sequra_order_id} at seQura`);
    },
  },
  {
    name: 'SMS',
    needs: 'create',
    async run(walk) {
      await smsOf(walk, 'sign');
      return passed(`seQura has sent one to ${walk.phone}`);
    },
  },
  {
    name: 'confirm',
    needs: 'SMS',
    async run(walk) {
      const { till, sequra } = walk;
      const before = await smsOf(walk, 'sign');
      const { limitMs } = await sequra.sign(before);
      const order = await till.until(before.id, ({ status }) => isFinal(status), limitMs);
      if (order?.status === 'confirmed') return passed('the customer signed, and seQura said so');
      if (order?.attention?.reason === 'unrecognised_event') throw unknownName(order);
      if (order != null && order.attention !== null) throw cameTo(order, 'confirmed');
      const webhook = await sequra.webhookOf(before);
      throw new NotPassed(
        `nothing was heard of a signature${webhook === null ? '' : `; seQura’s webhook: ${webhook}`}`,
        'Was it signed? Then have seQura send its webhooks to the address below, and see that it can be reached from the internet.',
      );
    },
  },
  {
    name: 'duplicate webhook',
    needs: 'confirm',
    async run(walk) {
      const { merchant, till } = walk;
      const { id, reference } = placed(walk, 'sign');
      const [token = ''] = merchant.webhookTokens;
      const event = (merchant.eventNames.confirm[0] ?? '').replace(/\*$/, '');
      const fields = { event, event_id: `${reference}-again`, order_ref_1: reference };
      const statuses = [
        await postWebhook(walk.webhooks, token, fields),
        await postWebhook(walk.webhooks, token, fields),
      ];
      const order = await till.call((shop) => shop.getOrder(id));
      if (statuses.every((status) => status === 200) && order.status === 'confirmed' && order.attention === null)
        return passed('the confirmation, sent twice more, changes nothing');
      throw new NotPassed(
        `the confirmation, sent twice more, was answered ${statuses.join(' and ')}; the order is ${order.status}, ${order.attention?.reason ?? 'without an attention'}`,
        `Please report this: repeats of seQura must change nothing (${id}).`,
      );
    },
  },
  {
    name: 'cancel',
    needs: 'SMS',
    async run(walk) {
      const { till, sequra } = walk;
      const { id } = await place(walk, 'cancel');
      await smsOf(walk, 'cancel');
      await till.call((shop) => shop.cancel(id));
      const order = await till.until(id, ({ status }) => isFinal(status), CANCEL_MS);
      if (order?.status !== 'cancelled') throw cameTo(order, 'cancelled');
      return passed(`${id} is cancelled${await alsoThere(sequra, order)}`);
    },
  },
  {
    name: 'abandon',
    needs: 'SMS',
    async run(walk) {
      const { till, sequra, say } = walk;
      const { id } = await place(walk, 'abandon');
      const { confirm_by: confirmBy } = await smsOf(walk, 'abandon');
      const leftMs = Math.max(0, Date.parse(confirmBy ?? '') - Date.now());
      say(`nobody signs ${id}: its deadline is in ${Math.ceil(leftMs / 1000)} s …`);
      const order = await till.until(id, ({ status }) => isFinal(status), leftMs + AFTER_DEADLINE_MS);
      if (order?.status !== 'expired') throw cameTo(order, 'expired');
      return passed(`${id} has expired at its deadline${await alsoThere(sequra, order)}`);
    },
  },
  {
    name: 'notification',
    async run({ merchant }) {
      if (merchant.notify === null)
        return skipped('the merchant has no endpoint (`notify`): its system has to ask for changes');
      const { url, secret } = merchant.notify;
      const rightly = await sendTest(url, secret, merchant.id);
      if (!isAnswered(rightly) || rightly.status < 200 || rightly.status > 299)
        throw new NotPassed(
          `the merchant’s endpoint does not take a signed message: ${isAnswered(rightly) ? rightly.status : rightly.unanswered}`,
          'Its answer has to be 2xx within 15 s, from its own address, without a redirect: look at `notify.url`, and whether it verifies with `notify.secret`.',
        );
      const wrongly = await sendTest(url, `whsec_${randomBytes(WRONG_TOKEN_BYTES).toString('base64')}`, merchant.id);
      if (isAnswered(wrongly) && wrongly.status < 300)
        throw new NotPassed(
          'the merchant’s endpoint takes a message that somebody else has signed',
          'Anybody could tell it that an order is confirmed: it has to verify the signature (docs/integration.md).',
        );
      return passed('the merchant’s endpoint takes a signed message, and no other');
    },
  },
];

function unknownName({ timeline }: Order): NotPassed {
  const names = timeline.flatMap((entry) => (entry.event === 'webhook_noted' ? [entry.name] : []));
  return new NotPassed(
    `seQura said something by a name that is not among the merchant’s events: ${names.join(', ')}`,
    'Is it the name of the confirmation? Put it into `events.confirm` of the merchants file, which the API takes within seconds: see docs/event-names.md.',
  );
}

async function alsoThere(sequra: SequraSide, order: Order): Promise<string> {
  const theirs = await sequra.statusOf(order);
  if (theirs === null || theirs === 'cancelled') return theirs === null ? '' : ', at seQura too';
  throw new NotPassed(
    `the order is ${order.status} here and ${theirs} at seQura`,
    `See ${order.id} in the Temporal UI.`,
  );
}
