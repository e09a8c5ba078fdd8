// How a shop asks each kind of shape for an order, and where seQura sends its webhooks.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { request } from 'undici';
import type { OrderView } from '../src/order/view.ts';
import { API_KEY, WEBHOOK_PATH } from '../test/support/canaries.ts';
import { idOf, orderPath, orderRequest } from '../test/support/orders.ts';

type Shop = { url: string; dispatcher: Dispatcher };

export type Front = {
  webhookPath: string;
  workflowId: (reference: string) => string;
  /** Resolves when the order is taken. */
  place: (shop: Shop, reference: string) => Promise<void>;
  /** Resolves when the shop has been told that the order has ended. `told` is called when it is told that it is taken, and that seQura has created it. */
  placeAndFollow: (shop: Shop, reference: string, told: (what: 'taken' | 'created') => void) => Promise<void>;
};

const JSON_BODY = { 'content-type': 'application/json' };
const TILL = { authorization: `Bearer ${API_KEY}` };

/** What is refused for now is asked for again, as shops do; its time counts from the first try. */
const TRIES = 20;

type Answer = { status: number; etag: string; body: string };

async function ask(
  { url, dispatcher }: Shop,
  path: string,
  options: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string },
  triesLeft = TRIES,
): Promise<Answer> {
  const answer = await request(url + path, { dispatcher, ...options });
  const body = await answer.body.text();
  if (answer.statusCode === 503 && triesLeft > 0) {
    await sleep(Number(answer.headers['retry-after'] ?? 1) * 1_000);
    return ask({ url, dispatcher }, path, options, triesLeft - 1);
  }
  if (answer.statusCode >= 400) throw new Error(`${path}: ${answer.statusCode} ${body}`);
  return { status: answer.statusCode, etag: String(answer.headers['etag']), body };
}

const place = (shop: Shop, path: string, reference: string, headers: Record<string, string>) =>
  ask(shop, path, { method: 'POST', headers, body: JSON.stringify(orderRequest({ reference })) });

const orderIn = ({ body }: Answer) => JSON.parse(body) as OrderView;

export const OUR_FRONT: Front = {
  webhookPath: WEBHOOK_PATH,
  workflowId: idOf,
  async place(shop, reference) {
    await place(shop, '/v1/orders', reference, { ...TILL, ...JSON_BODY });
  },
  async placeAndFollow(shop, reference, told) {
    let answer = await place(shop, '/v1/orders', reference, { ...TILL, ...JSON_BODY });
    told('taken');
    const path = orderPath(idOf(reference), '?wait=30');
    let order = orderIn(answer);
    let isCreated = false;
    for (;;) {
      if (!isCreated && order.sequra_order_id !== null) told('created');
      isCreated = order.sequra_order_id !== null;
      if (order.closed_at !== null) return;
      answer = await ask(shop, path, { method: 'GET', headers: { ...TILL, 'if-none-match': answer.etag } });
      if (answer.status !== 304) order = orderIn(answer);
    }
  },
};

export const BARE_FRONT: Front = {
  webhookPath: '/webhook',
  workflowId: (reference) => `bare:${reference}`,
  async place(shop, reference) {
    await place(shop, '/orders', reference, JSON_BODY);
  },
  async placeAndFollow(shop, reference) {
    await place(shop, '/orders?wait', reference, JSON_BODY);
  },
};
