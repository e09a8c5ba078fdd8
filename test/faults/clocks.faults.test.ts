// Fault 40: hosts whose clock is an hour off.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { after, before, describe } from 'node:test';
import { idOf } from '../support/orders.ts';
import type { Settings } from '../support/programs.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';
import { closed } from '../support/waits.ts';
import { post, signs, waiting } from './acts.ts';
import { openCourt } from './court.ts';

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
  let site: Site;
  before(
    async () =>
      (site = await openSite({
        merchant: { confirm_within_seconds: CUSTOMER_SECONDS },
        settings: { SEQURA_TIMEOUT_MS: '1000' },
      })),
  );
  after(() => site.close());
  const fault = openCourt(import.meta.url, () => site);

  if (FAKE_CLOCK === undefined && process.env['CI'] !== undefined)
    throw new Error('no libfaketime on this machine: install faketime');
  if (FAKE_CLOCK === undefined) console.warn('SKIPPED: clocks that are off: no libfaketime on this machine');
  for (const offset of FAKE_CLOCK === undefined ? [] : ['+1h', '-1h']) {
    for (const [host, replace] of [
      ['API', (settings: Settings) => site.api.replace(settings)],
      ['worker', (settings: Settings) => site.worker.replace(settings)],
    ] as const) {
      fault(40, `the clock of the ${host}'s host ${offset}`, async (one) => {
        const [signed, abandoned, limited] = ['signed', 'abandoned', 'limited'].map((name) => one.another(name)) as [
          string,
          string,
          string,
        ];
        await replace(clock(offset));
        const until2s = () => new Date(Date.now() + 2_000).toUTCString();
        site.simulator.faults.set(limited, 'create', { kind: 'rate_limited', retry_after: until2s(), times: 1 });
        await post(site, one, limited);
        await signs(site, limited);
        await waiting(site, one, signed);
        await waiting(site, one, abandoned);
        one.proves('it is off', isOff((host === 'API' ? site.api : site.worker).now.stdout(), offset));
        await signs(site, signed);
        const end = await site.api.see(idOf(abandoned), 'the end', closed);
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
