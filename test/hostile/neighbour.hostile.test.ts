// One key, one webhook token and one page of a hostile merchant do their worst, in turns and all at once, while another merchant's orders are
// placed, read, listed, signed and confirmed. That costs the other one no more than the contract allows, and the API no more memory than it has.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AUDIENCE, OPERATOR, startIssuer } from '../support/issuer.ts';
import { orderRequest } from '../support/orders.ts';
import { percentile } from '../support/percentile.ts';
import type { Site, StartedApi } from '../support/site.ts';
import { openSite, untilReady } from '../support/site.ts';
import { call } from '../support/till.ts';
import { until } from '../support/waits.ts';
import type { Order, Report } from './attacker.ts';
import type { Attack, Target } from './attacks.ts';
import { ATTACKS, UNREAD_CODEC } from './attacks.ts';
import type { Shop, Timed } from './shop.ts';
import { openShop } from './shop.ts';

/** The contract: of the answers to another merchant's webhooks, half and 99 of a hundred. */
const P50_MS = 200;
const P99_MS = 1_000;
/** What docker-compose.yml gives the API, and how it tells Node to use it. */
const MOST_MEMORY_MB = 512;
const NODE_OPTIONS = '--max-old-space-size=256 --max-semi-space-size=16';
const LOOK_AT_MEMORY_MS = 250;

const ATTACK_MS = 2_000;
/** A process that has just started compiles what it meets: every attack is met once before anything is measured. */
const WARM_UP_MS = 4_000;
const ALL_MS = 10_000;
const OUTAGE_MS = 5_000;
/** Each connection asks so often at most: the attacker shares the processors with Temporal, the worker and the simulator. */
const ONE_BY_ONE = { pauseMs: 500 };
/** With more of them, the key has no room for anything else of its own. */
const BESIDE = { share: 0.2 };
/** Some 700 connections. */
const AT_ONCE = { share: 0.05, pauseMs: 500 };

const API_KEY = 'key-of-the-hostile-merchant';
const WEBHOOK_TOKEN = 'token-of-the-hostile-merchant'.padEnd(43, '0');
/** More than one list may ask for by reference. */
const MERCHANTS = Array.from({ length: 60 }, (_, number) => ({
  id: `rogue_${number}`,
  webhookToken: `${WEBHOOK_TOKEN}${number === 0 ? '' : number}`,
}));
const ORDERS = 10;
/** Longer than all of it takes. */
const TOKEN_SECONDS = 3_600;

type Attacker = (names: string[], ms: number, how?: Pick<Order, 'share' | 'pauseMs'>) => Promise<Report>;

const named = (when: Attack['when']) => Object.keys(ATTACKS).filter((name) => ATTACKS[name]?.when === when);
const [IN_TURN, SLOW, IN_OUTAGE] = [named(undefined), named('slow'), named('outage')];

describe('a hostile neighbour', () => {
  const ends: (() => unknown)[] = [];
  let site: Site;
  let api: StartedApi;
  let target: Target;
  let shop: Shop;
  let measuredFromMs: number;
  let memory: Memory;
  let act: Attacker;
  let actSlowly: Attacker;
  /** What the other merchant's webhooks waited while each attack ran. */
  const story: string[] = [];

  before(async () => {
    const merchantIds = MERCHANTS.map(({ id }) => id);
    site = await openSite({
      temporal: 'in memory',
      apis: [],
      workers: 0,
      merchant: { notify: undefined },
      others: MERCHANTS,
      otherKeys: [{ id: 'rogue', key: API_KEY, merchants: merchantIds }],
    });
    ends.push(() => site.close());
    const issuer = await startIssuer();
    ends.push(() => issuer.goOffline());
    const accessToken = await issuer.token({ ...OPERATOR, exp: Math.floor(Date.now() / 1_000) + TOKEN_SECONDS });
    api = await site.startApi({ NODE_OPTIONS, OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: AUDIENCE });
    await untilReady(api, await site.startWorker());
    const orderIds = await Promise.all(
      Array.from({ length: ORDERS }, async (_, number) => {
        const merchant = { id: 'rogue_0', store_ref: 'store_1' };
        return (await api.place(orderRequest({ merchant, reference: `rogue ${number}` }))).body.id;
      }),
    );
    const [port = 0, adminPort = 0] = [api.url, api.admin].map((url) => Number(new URL(url).port));
    const clear = [plainPayload('x'.repeat(30_000))];
    const [sealedPayload = {}] = (await codec(api, accessToken, 'encode', clear)).body.payloads;
    const secrets = { apiKey: API_KEY, webhookToken: WEBHOOK_TOKEN, accessToken };
    target = { port, adminPort, sealedPayload, ...secrets, merchantIds, orderIds };
    [act, actSlowly] = await Promise.all([attacker(), attacker()]);
    const watch = watchMemory(api);
    memory = watch;
    shop = openShop(site, api);
    ends.push(watch.stop, shop.stop);
    await until('the first orders are confirmed', () => shop.confirmed.length >= 3);
    await act(IN_TURN, WARM_UP_MS, AT_ONCE);
    story.length = 0;
    measuredFromMs = Date.now();
  });
  after(async () => {
    for (const end of ends.toReversed()) await end();
  });

  /** A process is started before anything is measured: it takes a second of a processor. */
  async function attacker(): Promise<Attacker> {
    const child = fork(fileURLToPath(new URL('attacker.ts', import.meta.url)), { detached: true });
    ends.push(() => child.kill());
    await once(child, 'message');
    return async (names, ms, how = {}) => {
      const fromMs = Date.now();
      child.send({ names, ms, ...how, target } satisfies Order);
      const [report] = (await once(child, 'message')) as [Report];
      story.push(
        `${names.length === 1 ? names[0] : `${names.length} attacks`}: ${inWords(shop.webhooks(fromMs))}; memory ${memory.mostMb(fromMs).toFixed(0)} MB`,
      );
      return report;
    };
  }

  function met(names: string[], report: Report): void {
    for (const name of names) {
      for (const what of ATTACKS[name]?.meets ?? [])
        assert.ok((report[name]?.[what] ?? 0) > 0, `${name} never met ${what}: ${JSON.stringify(report[name])}`);
    }
  }

  function holds(): void {
    const told = `memory ${memory.mostMb().toFixed(0)} MB\n${story.join('\n')}`;
    assert.ok(!api.hasEnded(), `the API has ended\n${told}\n${api.stderr()}`);
    const timed = shop.webhooks(measuredFromMs);
    const ms = timed.map((each) => each.ms);
    assert.ok(percentile(ms, 0.5) <= P50_MS && percentile(ms, 0.99) <= P99_MS, `${inWords(timed)}\n${told}`);
    assert.ok(memory.mostMb() > 0 && memory.mostMb() < MOST_MEMORY_MB, told);
  }

  it('does everything in turn, with slow uploads beside it', async () => {
    const slow = actSlowly(SLOW, ATTACK_MS * IN_TURN.length, BESIDE);
    slow.catch(() => {});
    for (const name of IN_TURN) met([name], await act([name], ATTACK_MS, ONE_BY_ONE));
    met(SLOW, await slow);
    holds();
  });

  it('does everything at once', async () => {
    await act([...IN_TURN, ...SLOW], ALL_MS, AT_ONCE);
    holds();
  });

  it('asks the codec for much and reads nothing, and others’ small calls are answered', async () => {
    const flood = act([UNREAD_CODEC], ATTACK_MS * 3, ONE_BY_ONE);
    flood.catch(() => {});
    for (let answered = 0; answered < 5; answered += 1)
      await until('an answer', async () => {
        const { status } = await codec(api, target.accessToken, 'decode', [target.sealedPayload]);
        return status === 200;
      });
    met([UNREAD_CODEC], await flood);
    holds();
  });

  it('floods while Temporal hangs', async () => {
    await shop.outage(async () => {
      site.temporal.pause();
      await act(IN_OUTAGE, OUTAGE_MS);
      site.temporal.resume();
      await until('webhooks are taken again', async () => (await call(`${api.admin}/readyz`)).status === 200);
    });
    holds();
  });

  it('has cost the other merchant no order', async () => {
    await shop.close();
    assert.ok(shop.confirmed.length > 50, `${shop.confirmed.length} orders`);
    console.log(
      `${shop.confirmed.length} orders confirmed; ${inWords(shop.webhooks(measuredFromMs))}; memory ${memory.mostMb().toFixed(0)} MB`,
    );
    console.log(story.join('\n'));
    holds();
  });
});

const plainPayload = (text: string) => ({
  metadata: { encoding: Buffer.from('json/plain').toString('base64') },
  data: Buffer.from(JSON.stringify(text)).toString('base64'),
});

function codec({ admin }: StartedApi, accessToken: string, direction: 'encode' | 'decode', payloads: object[]) {
  return call<{ payloads: object[] }>(`${admin}/codec/${direction}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}` },
    json: { payloads },
  });
}

function inWords(all: readonly Timed[]): string {
  const ms = all.map((each) => each.ms);
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => percentile(ms, share).toFixed(0));
  const failures = all.flatMap(({ failure }) => failure ?? []);
  return [`${all.length} webhooks, p50 ${p50} ms, p99 ${p99} ms, longest ${most} ms`, ...failures].join('; ');
}

type Memory = { mostMb: (fromMs?: number) => number; stop: () => void };

function watchMemory({ admin }: StartedApi): Memory {
  const seen: { atMs: number; mb: number }[] = [];
  async function look(): Promise<void> {
    const { body } = await call<string>(`${admin}/metrics`);
    const bytes = Number(/^process_resident_memory_bytes ([\d.e+]+)/m.exec(body)?.[1] ?? 0);
    seen.push({ atMs: Date.now(), mb: bytes / 2 ** 20 });
  }
  const timer = setInterval(() => void look().catch(() => {}), LOOK_AT_MEMORY_MS);
  return {
    mostMb: (fromMs = 0) => Math.max(0, ...seen.filter(({ atMs }) => atMs >= fromMs).map(({ mb }) => mb)),
    stop: () => clearInterval(timer),
  };
}
