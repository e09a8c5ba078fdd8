// A steady load of orders, each with one of the fates that orders have.
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderView } from '../../src/order/view.ts';
import { PERSON } from '../support/canaries.ts';
import { orderPath, orderRequest } from '../support/orders.ts';
import { readEvents } from '../support/reader.ts';
import type { Site } from '../support/site.ts';
import { closed, smsSent } from '../support/waits.ts';

/** How long a customer thinks. */
const THINKS_MS = 3_000;
/** For the order to be seen at its end; longer than `confirm_within_seconds` of the site. */
const SEEN_WITHIN_MS = 120_000;
/** After 503: as a shop does. */
const AGAIN_MS = 1_000;
const PLACE = { ...PERSON, merchant: { id: 'merchant_1', store_ref: 'store_1' } };

type Fate = (site: Site, id: string, reference: string) => Promise<OrderView>;

/** What becomes of orders, and their status then. As often in a row of them as here. */
const FATES: readonly { name: string; status: string; live: Fate }[] = [
  { name: 'signed', status: 'confirmed', live: signed },
  { name: 'abandoned', status: 'expired', live: (site, id) => sees(site, id, closed) },
  { name: 'signed', status: 'confirmed', live: signed },
  { name: 'cancelled', status: 'cancelled', live: cancelled },
  { name: 'signed before a stream', status: 'confirmed', live: streamed },
];

/** Follows the order by reads that are held until it changes. */
async function sees({ api }: Site, id: string, holds: (order: OrderView) => boolean): Promise<OrderView> {
  let etag: string | undefined;
  let last = '';
  for (const giveUpAt = Date.now() + SEEN_WITHIN_MS; Date.now() < giveUpAt;) {
    const headers = etag === undefined ? {} : { 'if-none-match': etag };
    const { status, headers: its, body } = await api.call(`${orderPath(id)}?wait=10`, { headers });
    if (status === 200 && holds(body)) return body;
    if (status === 503) await sleep(AGAIN_MS);
    else if (status !== 200 && status !== 304) throw new Error(`GET: ${status} ${body.code}`);
    if (status === 200) last = `${body.status} ${body.attention?.reason ?? ''}`;
    etag = its['etag']?.toString() ?? etag;
  }
  throw new Error(`seen last: ${last}`);
}

async function customerSigns(site: Site, id: string, reference: string): Promise<void> {
  await sees(site, id, smsSent);
  await sleep(THINKS_MS);
  site.simulator.confirm(reference);
}

async function signed(site: Site, id: string, reference: string): Promise<OrderView> {
  await customerSigns(site, id, reference);
  return sees(site, id, closed);
}

async function cancelled(site: Site, id: string): Promise<OrderView> {
  await sees(site, id, smsSent);
  await sleep(THINKS_MS);
  await site.api.act(id, 'cancel', { reason: 'soak' });
  return sees(site, id, closed);
}

async function streamed(site: Site, id: string, reference: string): Promise<OrderView> {
  const reader = readEvents(site.api.url, id, { again: true });
  await customerSigns(site, id, reference);
  await reader.ended;
  return sees(site, id, closed);
}

export type Load = {
  placed: number;
  /** How many of each fate ended as they should. */
  ended: Map<string, number>;
  /** What went otherwise, in words. */
  wrong: string[];
  /** Of each `POST` since it was asked last. */
  postMs: () => number[];
  /** Resolves when every order that was placed has come to its end. */
  stop: () => Promise<void>;
};

export function startLoad(site: Site, perSecond: number): Load {
  const stopping = new AbortController();
  const lives: Promise<void>[] = [];
  let took: number[] = [];
  const load: Load = {
    placed: 0,
    ended: new Map(),
    wrong: [],
    postMs() {
      const these = took;
      took = [];
      return these;
    },
    async stop() {
      stopping.abort();
      await placing;
      await Promise.all(lives);
    },
  };

  async function live(number: number): Promise<void> {
    const fate = FATES[number % FATES.length];
    const reference = `soak-${number}`;
    if (fate === undefined) return;
    try {
      const { status, body, ms } = await site.api.place(orderRequest({ ...PLACE, reference }));
      took.push(ms);
      if (status >= 300) throw new Error(`POST: ${status} ${body.code}`);
      const end = await fate.live(site, body.id, reference);
      if (end.status !== fate.status) throw new Error(`${end.status} instead of ${fate.status}`);
      load.ended.set(fate.name, (load.ended.get(fate.name) ?? 0) + 1);
    } catch (error) {
      load.wrong.push(
        `${reference}, ${fate.name}: ${error instanceof Error ? error.message.slice(0, 300) : 'not an error'}`,
      );
    }
  }

  const startedAt = Date.now();
  const placing = (async () => {
    for (; !stopping.signal.aborted; load.placed += 1) {
      lives.push(live(load.placed));
      const nextMs = startedAt + ((load.placed + 1) * 1_000) / perSecond - Date.now();
      await sleep(Math.max(0, nextMs), undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return load;
}
