// Every query of every panel of deploy/monitoring/grafana/dashboards, asked of a real Prometheus that scrapes the service: it parses, names metrics that
// are there, and has series once what it is about has happened.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { payloadKeysSetting, WEBHOOK_PATH, WRONG_PAYLOAD_KEY } from '../support/canaries.ts';
import type { Asked } from '../support/dashboards.ts';
import { dashboards, metricsOf, queriesOf } from '../support/dashboards.ts';
import { orderPath } from '../support/orders.ts';
import type { Prometheus } from '../support/prometheus.ts';
import { deployed, startPrometheus } from '../support/prometheus.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';
import { call } from '../support/till.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';

/** What Grafana puts in for the variables of a page on which nothing was chosen, and for its own. */
const VALUES: Record<string, string> = {
  merchant: '.*',
  __rate_interval: '20s',
  __range: '600s',
};
const FLOOD_KEY = 'a-key-that-asks-too-often';
const SEEN_WITHIN_MS = 150_000;

const filledIn = (expr: string) => expr.replaceAll(/\$(\w+)/g, (_, name: string) => VALUES[name] ?? assert.fail(name));

describe('the dashboards', () => {
  const queries = dashboards().flatMap(queriesOf);
  let site: Site;
  let prometheus: Prometheus;
  before(async () => {
    site = await openSite({
      temporal: 'in memory',
      looks: true,
      settings: { RATE_LIMIT_PER_SECOND: '20' },
      otherKeys: [{ id: 'flood', key: FLOOD_KEY, merchants: ['merchant_1'] }],
    });
    prometheus = await startPrometheus(site, parse(deployed('alerts.yaml')) as object);
    await happen();
  });
  after(async () => {
    await prometheus.close();
    await site.close();
  });

  const place = async (reference: string) => (await site.api.post(reference)).body.id;
  const webhook = (fields: object, path = WEBHOOK_PATH) =>
    call(site.api.now.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      json: { event: 'order/confirmed', ...fields },
    });

  /** Orders in several states, and something of everything that a page shows. */
  async function happen(): Promise<void> {
    const signed = await place('signed');
    await site.api.see(signed, 'the SMS', smsSent);
    site.simulator.confirm('signed');
    await site.api.see(signed, 'the end', closed);
    site.simulator.faults.set('no SMS', 'send_sms', { kind: 'refuse', times: 5 });
    await site.api.see(await place('no SMS'), 'the question', asksHuman);
    site.simulator.faults.set('no entry', 'create', { kind: 'refuse', status: 401 });
    await site.api.see(await place('no entry'), 'the end', closed);
    await site.api.see(await place('Till 7 001'), 'the SMS', smsSent);
    await webhook({ order_ref_1: 'Till-7-001' });
    await webhook({ order_ref_1: 'Till 7 001' }, '/webhooks/sequra/another');
    const asks = { headers: { authorization: `Bearer ${FLOOD_KEY}` } };
    await Promise.all(Array.from({ length: 60 }, () => call(site.api.now.url + orderPath(signed), asks)));
    site.worker.toSequra.cut();
    await site.api.see(await place('in vain'), 'the question', asksHuman);
    site.worker.toSequra.heal();
    site.simulator.faults.set('slow', 'create', { kind: 'delay', delay_ms: 2_000 });
    await place('slow');
    await until('the create is under way', () => site.simulator.ledger.hits('slow', 'create') === 1);
    site.worker.toTemporal.cut();
    await until('the worker misses Temporal', async () =>
      (await call<string>(`${site.worker.now.admin}/metrics`)).body.includes('temporal_request_failure{'),
    );
    site.worker.toTemporal.heal();
  }

  type Answer = { status: string; error?: string; data?: { result: unknown[] } };
  async function ask({ expr, instant }: Asked): Promise<Answer> {
    const now = Date.now() / 1_000;
    const range = instant ? {} : { start: String(now - 60), end: String(now), step: '5' };
    const parameters = new URLSearchParams({ query: filledIn(expr), ...range });
    const path = `/api/v1/query${instant ? '' : '_range'}?${parameters.toString()}`;
    return (await call<Answer>(prometheus.url + path)).body;
  }

  it('ask what Prometheus can answer', async () => {
    const wrong = [];
    for (const query of queries) {
      const { status, error } = await ask(query);
      if (status !== 'success') wrong.push([query.panel, query.expr, error]);
    }
    assert.deepEqual(wrong, []);
    assert.ok(queries.length > 60, String(queries.length));
  });

  it('have series of each query, once something has happened of what it is about, and name no metric that nobody has', async () => {
    const empty = new Set(queries);
    const named = new Set(queries.flatMap(({ expr }) => metricsOf(expr)));
    assert.ok(named.size > 30, [...named].join(' '));
    const there = new Set(['ALERTS']);
    const missing = () =>
      [...named].filter((name) => !there.has(name) && !there.has(name.replace(/_(bucket|sum|count)$/, '')));
    async function look(): Promise<boolean> {
      for (const query of empty) {
        const { data } = await ask(query);
        if (/"-?\d[\d.e+-]*"/.test(JSON.stringify(data?.result ?? []))) empty.delete(query);
      }
      const { data } = (await call<{ data: object }>(`${prometheus.url}/api/v1/metadata`)).body;
      for (const name of Object.keys(data)) there.add(name);
      return empty.size === 0 && missing().length === 0;
    }
    let turn = 0;
    // A rate takes two scrapes, between which something has happened.
    const lookAgain = async () => (await place(`again ${(turn += 1)}`), look());
    await until('most of them', lookAgain, 30_000).catch(() => null);
    const other = { PAYLOAD_KEYS: payloadKeysSetting(WRONG_PAYLOAD_KEY) };
    await site.worker.kill();
    await site.worker.start(other);
    prometheus.aim();
    await webhook({ order_ref_1: 'no SMS' });
    await until('all of them', look, SEEN_WITHIN_MS).catch(() => null);
    assert.deepEqual(
      [...empty].map(({ page, panel, expr }) => [page, panel, expr]),
      [],
    );
    assert.deepEqual(missing(), []);
  });
});
