// `npm run streams [-- --streams N --seconds N]`: how soon a change of an order is there on a stream of its events, beside reading the order again
// and again, and what many streams take of one API, beside none.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { API_KEY } from '../test/support/canaries.ts';
import { idOf, orderPath } from '../test/support/orders.ts';
import type { Site } from '../test/support/site.ts';
import { openSite } from '../test/support/site.ts';
import { call } from '../test/support/till.ts';
import { smsSent } from '../test/support/waits.ts';

const SAMPLES = 20;
const WARM_UP = 5;
/** Over how many orders the streams are spread: all of one, and each of as many as are followed. */
const SPREADS = [1, 250];
/** Before what the last step left behind is over. */
const REST_MS = 5_000;
const OPENED_AT_ONCE = 100;
const PLACED_AT_ONCE = 10;

const { values } = parseArgs({
  options: { streams: { type: 'string', default: '5000' }, seconds: { type: 'string', default: '20' } },
});
const most = Number(values.streams);
const seconds = Number(values.seconds);
if (!(most > 0 && seconds > 0)) throw new Error('--streams and --seconds are numbers above 0');

type Stream = {
  socket: Socket;
  /** When it came. */
  sees: (text: string) => Promise<number>;
};

async function openStream({ api: { url } }: Site, id: string): Promise<Stream> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let last = '';
  socket.setEncoding('utf8').on('data', (text: string) => (last = (last + text).slice(-20_000)));
  const sees = async (text: string) => {
    while (!last.includes(text)) await once(socket, 'data');
    return performance.now();
  };
  socket.write(`GET ${orderPath(id, '/events')} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer ${API_KEY}\r\n\r\n`);
  await sees('\ndata: ');
  return { socket, sees };
}

async function openStreams(site: Site, ids: readonly string[], count: number): Promise<Stream[]> {
  const streams: Stream[] = [];
  for (let opened = 0; opened < count; opened += OPENED_AT_ONCE) {
    const those = Array.from({ length: Math.min(OPENED_AT_ONCE, count - opened) }, (_, at) => opened + at);
    streams.push(...(await Promise.all(those.map((at) => openStream(site, ids[at % ids.length] ?? '')))));
  }
  return streams;
}

let placed = 0;
async function place({ api }: Site): Promise<string> {
  const reference = `live-${(placed += 1)}`;
  await api.post(reference);
  await api.see(idOf(reference), 'the SMS', smsSent);
  return reference;
}

/** The customer signs: from then on until it is seen. */
async function signed({ simulator }: Site, reference: string, seen: readonly Promise<number>[]): Promise<number[]> {
  const fromMs = performance.now();
  simulator.confirm(reference);
  return (await Promise.all(seen)).map((atMs) => atMs - fromMs);
}

const IS_SIGNED = '"status":"confirmed"';

async function onStreams(site: Site, samples = SAMPLES): Promise<number[]> {
  const took: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const reference = await place(site);
    const { socket, sees } = await openStream(site, idOf(reference));
    await sleep(500);
    took.push(...(await signed(site, reference, [sees(IS_SIGNED)])));
    socket.destroy();
  }
  return took;
}

async function onReads(site: Site): Promise<number[]> {
  const took: number[] = [];
  const { api } = site;
  async function sees(id: string): Promise<number> {
    while ((await api.read(id))?.status !== 'confirmed');
    return performance.now();
  }
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const reference = await place(site);
    await sleep(500);
    took.push(...(await signed(site, reference, [sees(idOf(reference))])));
  }
  return took;
}

async function taken({ api }: Site): Promise<{ megabytes: number; cpuSeconds: number }> {
  const { body } = await call<string>(`${api.now.admin}/metrics`);
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(body)?.[1]);
  return {
    megabytes: value('process_resident_memory_bytes') / 2 ** 20,
    cpuSeconds: value('process_cpu_seconds_total'),
  };
}

async function idle(site: Site): Promise<string[]> {
  await sleep(REST_MS);
  const before = await taken(site);
  await sleep(seconds * 1_000);
  const { megabytes, cpuSeconds } = await taken(site);
  return [`${megabytes.toFixed(0)} MB`, `${(((cpuSeconds - before.cpuSeconds) / seconds) * 100).toFixed(1)} %`];
}

function inWords(took: number[]): string[] {
  const sorted = took.toSorted((a, b) => a - b);
  return [0.5, 0.99].map((part) => `${(sorted[Math.ceil(sorted.length * part) - 1] ?? NaN).toFixed(0)} ms`);
}

function table(...rows: string[][]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}

const limit = String(most + 100);
const site = await openSite({
  temporal: 'in memory',
  merchant: { notify: undefined },
  settings: { MAX_WAITING: limit, MAX_WAITING_PER_KEY: limit, RATE_LIMIT_PER_SECOND: '0', LOG_LEVEL: 'warn' },
});
try {
  await onStreams(site, WARM_UP);
  console.log(`\nFrom the customer’s signature until it is seen, of ${SAMPLES} orders, one at a time\n`);
  table(
    ['', 'p50', 'p99'],
    ['read again and again', ...inWords(await onReads(site))],
    ['on a stream', ...inWords(await onStreams(site))],
  );
  const rows = [
    ['streams', 'orders', 'memory', 'CPU while nothing happens', 'p50', 'p99 until all of an order have its end'],
  ];
  rows.push(['0', '', ...(await idle(site)), '', '']);
  for (const spread of SPREADS) {
    const references: string[] = [];
    while (references.length < spread) {
      const those = Array.from({ length: Math.min(PLACED_AT_ONCE, spread - references.length) }, () => place(site));
      references.push(...(await Promise.all(those)));
    }
    const streams = await openStreams(site, references.map(idOf), most);
    const costs = await idle(site);
    const [first = ''] = references;
    const its = streams.filter((_, at) => at % spread === 0);
    rows.push([
      String(streams.length),
      String(spread),
      ...costs,
      ...inWords(
        await signed(
          site,
          first,
          its.map(({ sees }) => sees(IS_SIGNED)),
        ),
      ),
    ]);
    streams.forEach(({ socket }) => socket.destroy());
    for (const reference of references.slice(1)) site.simulator.confirm(reference);
    await site.simulator.idle();
  }
  console.log(`\nOne API; CPU of one core, over ${seconds} s\n`);
  table(...rows);
} finally {
  await site.close();
}
