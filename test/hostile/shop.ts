// The merchant who is nobody's enemy: its orders are placed, read, signed, confirmed and listed, and every answer to a webhook is timed.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { OrderView } from '../../src/order/view.ts';
import { orderPath, orderRequest } from '../support/orders.ts';
import type { Site, StartedApi } from '../support/site.ts';
import { closed, smsSent, until } from '../support/waits.ts';

const ORDERS_EVERY_MS = 500;
const WEBHOOKS_EVERY_MS = 50;
/** What was sent so short a time before an outage meets it. */
const UNDER_WAY_MS = 2_000;
/** An order waits for the worker, which serves all merchants. */
const LIFE_MS = 120_000;

/** How long the answer took; infinite where it was not 200, and then why. */
export type Timed = { atMs: number; ms: number; failure?: string };

const timedAnswer = (atMs: number, ms: number, status: number | string | null): Timed =>
  status === 200 ? { atMs, ms } : { atMs, ms: Infinity, failure: `${status} after ${ms.toFixed(0)} ms` };

export type Shop = {
  /** References of orders that were confirmed. */
  confirmed: string[];
  /** Of webhooks, seQura's own and repeats of them; those of an outage are not in it. */
  webhooks: (fromMs?: number) => Timed[];
  /** While Temporal is away: answers are 503, and nothing of it is timed. */
  outage: (work: () => Promise<void>) => Promise<void>;
  /** No more orders. */
  stop: () => void;
  /** Resolves when no more come and each has come to its end. Throws what went wrong with any. */
  close: () => Promise<void>;
};

export function openShop(site: Site, api: StartedApi): Shop {
  const agent = new Agent({ keepAliveTimeout: 60_000 });
  const closing = new AbortController();
  const lives: Promise<void>[] = [];
  const repeats: Promise<void>[] = [];
  const timed: Timed[] = [];
  const confirmed: string[] = [];
  const outages: { fromMs: number; toMs: number }[] = [];
  const away = (atMs = Date.now()) => outages.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs);

  /** The answer; null in an outage. */
  async function asked(path: string): Promise<OrderView | null> {
    const { status, body } = await api.call(path);
    if (status === 503 && away()) return null;
    assert.equal(status, 200, path);
    return body;
  }

  async function live(reference: string): Promise<void> {
    const { body } = await until(
      `${reference} is taken`,
      async () => {
        const answer = await api.place(orderRequest({ reference }));
        assert.ok([200, 202, 503].includes(answer.status), `${reference}: ${answer.status}`);
        return answer.status < 300 ? answer : null;
      },
      LIFE_MS,
    );
    const see = (what: string, holds: (order: OrderView) => boolean) =>
      until(
        `${reference}: ${what}`,
        async () => {
          const order = await asked(orderPath(body.id));
          return order !== null && holds(order) ? order : null;
        },
        LIFE_MS,
      );
    await see('the SMS', smsSent);
    site.simulator.confirm(reference);
    const { status } = await see('the end', closed);
    assert.equal(status, 'confirmed', reference);
    confirmed.push(reference);
    await asked(`/v1/orders?merchant_id=merchant_1&reference=${encodeURIComponent(reference)}`);
    await asked('/v1/orders?merchant_id=merchant_1&status=confirmed&limit=5');
  }

  /** As seQura repeats a webhook whose answer it has lost. */
  async function repeat(reference: string): Promise<void> {
    const [atMs, startedMs] = [Date.now(), performance.now()];
    const body = new URLSearchParams({ event: 'order/confirmed', event_id: reference, order_ref_1: reference });
    const answer = request(site.webhookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: body.toString(),
      dispatcher: agent,
    });
    const status = await answer.then(
      async ({ statusCode, body: rest }) => (await rest.dump(), statusCode),
      (error: Error) => error.message,
    );
    timed.push(timedAnswer(atMs, performance.now() - startedMs, status));
  }

  async function every(ms: number, act: (number: number) => void): Promise<void> {
    for (let number = 0; !closing.signal.aborted; number += 1) {
      if (!away()) act(number);
      await sleep(ms, undefined, { signal: closing.signal }).catch(() => {});
    }
  }
  const selling = every(ORDERS_EVERY_MS, (number) => {
    const life = live(`shop ${number}`);
    life.catch(() => {});
    lives.push(life);
  });
  const repeating = every(WEBHOOKS_EVERY_MS, (number) => {
    const reference = confirmed[number % Math.max(1, confirmed.length)];
    if (reference !== undefined) repeats.push(repeat(reference));
  });

  return {
    confirmed,

    webhooks(fromMs = 0) {
      const own = site.simulator.ledger
        .webhooks()
        .flatMap(({ tries }) => tries)
        .flatMap(({ at, http_status: status, duration_ms: ms }) =>
          ms === null ? [] : timedAnswer(Date.parse(at), ms, status),
        );
      return [...own, ...timed].filter(({ atMs }) => atMs >= fromMs && !away(atMs));
    },

    async outage(work) {
      const outage = { fromMs: Date.now() - UNDER_WAY_MS, toMs: Infinity };
      outages.push(outage);
      await work();
      outage.toMs = Date.now();
    },

    stop: () => closing.abort(),

    async close() {
      closing.abort();
      await Promise.all([selling, repeating, ...repeats, ...lives]);
      await site.simulator.idle();
      await agent.close();
    },
  };
}
