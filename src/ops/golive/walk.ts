// The walk through a merchant's set-up, step by step: each says what was seen, or what to do about it.
import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Country, GoliveConfig } from '../../config/model.ts';
import type { OrderView } from '../../order/view.ts';
import { isFinal } from '../../order/status.ts';
import { ask, isAnswered } from './http.ts';
import type { SequraSide } from './sequra-side.ts';
import type { Step } from './step.ts';
import { NotPassed, passed, skipped } from './step.ts';
import type { Till } from './till.ts';
import { cameTo, orderPath, problem } from './till.ts';

export type Walk = {
  merchant: GoliveConfig['merchants'] extends Map<string, infer M> ? M : never;
  till: Till;
  sequra: SequraSide;
  /** Where seQura's webhooks come in; a token follows. */
  webhooks: string;
  phone: string;
  storeRef: string;
  cents: number;
  say: (line: string) => void;
  /** Begins every reference of this walk. */
  run: string;
  /** Placed so far, by what they are for. */
  orders: Partial<Record<Purpose, OrderView>>;
};

type Purpose = 'sign' | 'cancel' | 'abandon';

const CREATE_WAIT_SECONDS = 30;
const SMS_MS = 60_000;
const CANCEL_MS = 60_000;
/** The shortest that an order may ask for itself. */
const SHORTEST_SECONDS = 60;
const AFTER_DEADLINE_MS = 60_000;
const WRONG_TOKEN_BYTES = 32;

/** A document number with the right check character. */
const DOCUMENT: Record<Country, string> = {
  ES: '12345678Z',
  FR: '295109912611193',
  IT: 'RCCMNL83S18D969H',
  PT: '123456789',
};

/** Those that the walk needs of an order that it has placed. */
function placed({ orders }: Walk, purpose: Purpose): OrderView {
  const order = orders[purpose];
  if (order === undefined) throw new Error(`no order was placed to ${purpose}`);
  return order;
}

async function place(walk: Walk, purpose: Purpose): Promise<OrderView> {
  const { merchant, till, phone, storeRef, cents, run } = walk;
  const isShort = merchant.policy.confirmWithinSeconds <= SHORTEST_SECONDS;
  const body = {
    merchant: { id: merchant.id, store_ref: storeRef },
    operator_ref: 'golive',
    reference: `${run}-${purpose}`,
    mobile_phone: phone,
    // Whom seQura's sandbox approves.
    given_names: 'Review Test',
    surnames: 'Approve',
    date_of_birth: '1990-01-01',
    nin: DOCUMENT[merchant.country],
    address: 'Calle Mayor 1',
    postal_code: '08001',
    city: 'Barcelona',
    cart_items: [{ reference: 'GOLIVE', name: `Go-live check: ${purpose}`, price_with_tax: cents, quantity: 1 }],
    ...(purpose === 'abandon' && !isShort && { confirm_within_seconds: SHORTEST_SECONDS }),
  };
  const answer = await till.call('POST', '/v1/orders', body, { prefer: `wait=${CREATE_WAIT_SECONDS}` });
  const order = (answer.status < 300 ? answer.json : answer.json['order']) as OrderView | undefined;
  if (order !== undefined) walk.orders[purpose] = order;
  if (answer.status === 201 && order !== undefined) return order;
  if (answer.status === 202 && order !== undefined)
    throw cameTo(order.attention === null ? null : order, 'awaiting_customer');
  throw problem(answer);
}

async function smsOf(walk: Walk, purpose: Purpose): Promise<OrderView> {
  const { id } = placed(walk, purpose);
  const order = await walk.till.until(id, ({ sms }) => sms.last_outcome !== null, SMS_MS);
  if (order === null || order.attention !== null || order.sms.last_outcome !== 'sent')
    throw cameTo(order, 'an SMS sent');
  return order;
}

/** As seQura posts it. */
function postWebhook({ webhooks }: Walk, token: string, fields: Record<string, string>) {
  return ask(webhooks + token, { method: 'POST', body: new URLSearchParams(fields) });
}

const isOurs = (headers: Headers) => headers.get('content-type')?.startsWith('application/problem+json') === true;

async function doorAnswers(walk: Walk, token: string, fields: Record<string, string>): Promise<number> {
  const answer = await postWebhook(walk, token, fields);
  const address = `${walk.webhooks}…`;
  if (!isAnswered(answer))
    throw new NotPassed(
      `${address} cannot be reached: ${answer.unanswered}`,
      'seQura must reach it from the internet: look at DNS, certificate, firewall and the proxy in front. WEBHOOK_PROBE_URL says where it is.',
    );
  if (answer.status === 503) throw problem(answer);
  if (answer.status !== 200 && !isOurs(answer.headers))
    throw new NotPassed(
      `something else than the API answers ${answer.status} at ${address}`,
      'Have the proxy hand on /webhooks/ to the API’s public port, with the body and the path as they came.',
    );
  return answer.status;
}

export const STEPS: readonly Step<Walk>[] = [
  {
    name: 'API',
    async run({ till, merchant }) {
      const list = await till.call('GET', `/v1/orders?merchant_id=${merchant.id}&limit=1`);
      if (list.status !== 200) throw problem(list);
      // Nothing but the merchant: refused for what is missing where the key may place orders, and for the key where it may not.
      const empty = await till.call('POST', '/v1/orders', { merchant: { id: merchant.id } });
      if (empty.status !== 422) throw problem(empty);
      return passed(`answers at ${till.url}, and the key may read and place orders of ${merchant.id}`);
    },
  },
  {
    name: 'wrong token',
    async run(walk) {
      const status = await doorAnswers(walk, randomBytes(WRONG_TOKEN_BYTES).toString('base64url'), {});
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
        const status = await doorAnswers(walk, token, { utf8: '✓' });
        if (status !== 400)
          throw new NotPassed(
            `the API does not know a webhook token that the merchants file has for ${walk.merchant.id}`,
            'It runs with another merchants file, or an older one: give it this one and restart it.',
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
      const statuses = [await doorAnswers(walk, token, fields), await doorAnswers(walk, token, fields)];
      const { json } = await till.call('GET', orderPath(id));
      const order = json as OrderView;
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
      const answer = await till.call('POST', orderPath(id, '/cancel'));
      if (answer.status !== 200 && answer.status !== 202) throw problem(answer);
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
      const rightly = await notify(url, secret, merchant.id);
      if (!isAnswered(rightly) || rightly.status < 200 || rightly.status > 299)
        throw new NotPassed(
          `the merchant’s endpoint does not take a signed message: ${isAnswered(rightly) ? rightly.status : rightly.unanswered}`,
          'Its answer has to be 2xx within 15 s, from its own address, without a redirect: look at `notify.url`, and whether it verifies with `notify.secret`.',
        );
      const wrongly = await notify(url, `whsec_${randomBytes(WRONG_TOKEN_BYTES).toString('base64')}`, merchant.id);
      if (isAnswered(wrongly) && wrongly.status < 300)
        throw new NotPassed(
          'the merchant’s endpoint takes a message that somebody else has signed',
          'Anybody could tell it that an order is confirmed: it has to verify the signature (docs/integration.md).',
        );
      return passed('the merchant’s endpoint takes a signed message, and no other');
    },
  },
];

function unknownName({ timeline }: OrderView): NotPassed {
  const names = timeline.flatMap((entry) => (entry.event === 'webhook_noted' ? [entry.name] : []));
  return new NotPassed(
    `seQura said something by a name that is not among the merchant’s events: ${names.join(', ')}`,
    'Is it the name of the confirmation? Put it into `events.confirm` of the merchants file and restart the API: see docs/event-names.md.',
  );
}

async function alsoThere(sequra: SequraSide, order: OrderView): Promise<string> {
  const theirs = await sequra.statusOf(order);
  if (theirs === null || theirs === 'cancelled') return theirs === null ? '' : ', at seQura too';
  throw new NotPassed(
    `the order is ${order.status} here and ${theirs} at seQura`,
    `See ${order.id} in the Temporal UI.`,
  );
}

/** A test message, as changes of orders are posted. */
function notify(url: string, secret: string, merchantId: string) {
  const id = `msg_golive_${randomBytes(12).toString('base64url')}`;
  const at = new Date();
  const body = JSON.stringify({ type: 'test', timestamp: at.toISOString(), data: { merchant_id: merchantId } });
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
  return ask(url, { method: 'POST', headers, body });
}

/** Cancels what the walk has left at seQura. Answers with the orders that still ask for a human, or could not be cancelled. */
export async function cleanUp({ till, orders }: Walk): Promise<string[]> {
  const isUndone = ({ status }: OrderView) => isFinal(status) && status !== 'confirmed';
  const left: string[] = [];
  for (const { id } of Object.values(orders)) {
    const { json } = await till.call('GET', orderPath(id));
    const isOpen = !isUndone(json as OrderView);
    if (isOpen) await till.call('POST', orderPath(id, '/cancel'));
    const order = isOpen ? await till.until(id, isUndone, CANCEL_MS) : (json as OrderView);
    if (order?.attention !== null) left.push(id);
  }
  return left;
}
