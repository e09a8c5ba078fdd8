// Fault 40: hosts whose clock is an hour off.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { after, before, describe } from 'node:test';
import type { Settings } from '../support/processes.ts';
import { openCourt } from './court.ts';
import type { Hosts } from './hosts.ts';
import { openHosts } from './hosts.ts';
import { closed } from '../support/waits.ts';
import { idOf } from '../support/orders.ts';

/** libfaketime, of Debian's package `faketime`: what it tells a process is an hour off; time passes as fast as ever. */
const FAKE_CLOCK = ['/usr/lib/*/faketime/libfaketime.so.1', '/opt/homebrew/lib/faketime/libfaketime.1.dylib'].flatMap(
  (path) => globSync(path),
)[0];
const clock = (offset: string): Settings => ({
  LD_PRELOAD: FAKE_CLOCK ?? '',
  FAKETIME: offset,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
});

const CUSTOMER_SECONDS = 10;

describe('clocks', () => {
  let hosts: Hosts;
  before(async () => (hosts = await openHosts({ merchant: { confirm_within_seconds: CUSTOMER_SECONDS } })));
  after(() => hosts.close());
  const fault = openCourt(import.meta.url, () => hosts);

  if (FAKE_CLOCK === undefined && process.env['CI'] !== undefined)
    throw new Error('no libfaketime on this machine: install faketime');
  if (FAKE_CLOCK === undefined) console.warn('SKIPPED: clocks that are off: no libfaketime on this machine');
  for (const offset of FAKE_CLOCK === undefined ? [] : ['+1h', '-1h']) {
    for (const [host, replace] of [
      ['API', (settings: Settings) => hosts.replaceApi(settings)],
      ['worker', (settings: Settings) => hosts.replaceWorker(settings)],
    ] as const) {
      fault(40, `the clock of the ${host}'s host ${offset}`, async (one) => {
        const [signed, abandoned, limited] = ['signed', 'abandoned', 'limited'].map((name) => one.another(name)) as [
          string,
          string,
          string,
        ];
        await replace(clock(offset));
        const until2s = () => new Date(Date.now() + 2_000).toUTCString();
        hosts.site.simulator.faults.set(limited, 'create', { kind: 'rate_limited', retry_after: until2s(), times: 1 });
        await hosts.post(one, limited);
        await hosts.signs(limited);
        await hosts.waiting(one, signed);
        await hosts.waiting(one, abandoned);
        one.proves('it is off', isOff(host === 'API' ? hosts.api.stdout() : hosts.worker.stdout(), offset));
        await hosts.signs(signed);
        const end = await hosts.see(idOf(abandoned), 'the end', closed);
        assert.equal(end.status, 'expired');
        const [created] = end.timeline.filter(({ event }) => event === 'created');
        const waitedMs = Date.parse(end.closed_at ?? '') - Date.parse(created?.at ?? '');
        assert.ok(waitedMs >= CUSTOMER_SECONDS * 1_000 && waitedMs < 3 * CUSTOMER_SECONDS * 1_000, `${waitedMs} ms`);
        await replace({});
      });
    }
  }
});

/** What its own lines say of the time. */
function isOff(stdout: string, offset: string): boolean {
  const last = stdout.trim().split('\n').at(-1) ?? '{}';
  const { time } = JSON.parse(last) as { time: string };
  const offMs = Date.parse(time) - Date.now();
  return offset.startsWith('+') ? offMs > 3_000_000 : offMs < -3_000_000;
}
