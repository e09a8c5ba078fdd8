// Each alert of deploy/monitoring/alerts.yaml is set off for real: by a real Prometheus that scrapes the service, as prometheus.yaml says, while
// something goes wrong there. Without the times for which a rule waits; thresholds of hours and of many are lower (`SOONER`).
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { pause, pendingActivity } from '../support/activity-commands.ts';
import { canariesIn, payloadKeysSetting, WEBHOOK_PATH, WRONG_PAYLOAD_KEY } from '../support/canaries.ts';
import { idOf, orderPath } from '../support/orders.ts';
import type { Prometheus } from '../support/prometheus.ts';
import { deployed, SCRAPE_MS, startPrometheus } from '../support/prometheus.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';
import { call } from '../support/till.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';

/** What takes hours, or so many that a test cannot make them. */
const SOONER: Record<string, [from: string, to: string]> = {
  OrdersNeedAHumanForLong: ['> 4 * 3600', '> 0'],
  OrdersPastDeadline: ['> 0', '>= 0'],
  OrdersPaused: ['> 0', '>= 0'],
  OrdersNotCounted: ['> 300', '> 3'],
  WebhooksStopped: ['> 20', '> 0'],
  WebhooksSlow: ['> 1', '> 0'],
  WorkerBacklog: ['> 60', '> 0'],
};

type Rules = { groups: { rules: { alert: string; expr: string; for?: string }[] }[] };

function soonerRules(): Rules {
  const all = parse(deployed('alerts.yaml')) as Rules;
  for (const rule of all.groups.flatMap(({ rules }) => rules)) {
    delete rule.for;
    const [from, to] = SOONER[rule.alert] ?? ['', ''];
    assert.ok(rule.expr.includes(from), rule.alert);
    rule.expr = rule.expr.replace(from, to);
  }
  return all;
}

/** Temporal says of a stuck workflow so only after a minute or so. */
const SEEN_WITHIN_MS = 150_000;
const BATCH = 30;
const TOO_LONG_TO_HOLD = 'x'.repeat(10_000);
const FLOOD_KEY = 'a-key-that-asks-too-often';

describe('alerts set off for real', () => {
  const seen = new Set<string>();
  let site: Site;
  let prometheus: Prometheus;

  before(async () => {
    site = await openSite({
      temporal: 'in memory',
      looks: true,
      settings: { RATE_LIMIT_PER_SECOND: '50', SEQURA_TIMEOUT_MS: '12000' },
      merchant: { create_retry_seconds: 20 },
      otherKeys: [{ id: 'flood', key: FLOOD_KEY, merchants: ['merchant_1'] }],
    });
    prometheus = await startPrometheus(site, soonerRules());
  });

  after(async () => {
    await prometheus.close();
    await site.close();
  });

  type Alert = { state: string; labels: Record<string, string>; annotations: { runbook_url: string } };
  async function firing(): Promise<Alert[]> {
    const { body } = await call<{ data: { alerts: Alert[] } }>(`${prometheus.url}/api/v1/alerts`);
    return body.data.alerts.filter(({ state }) => state === 'firing');
  }

  async function fires(...names: string[]): Promise<void> {
    for (const name of names) {
      const alert = await until(
        name,
        async () => (await firing()).find(({ labels }) => labels['alertname'] === name),
        SEEN_WITHIN_MS,
      );
      assert.match(alert?.annotations.runbook_url ?? '', /^https:\/\/docs\.example\/\S+\.md/);
      assert.deepEqual(canariesIn([JSON.stringify(alert)]), []);
      seen.add(name);
    }
  }

  const place = (reference: string) => site.api.post(reference);
  const webhook = (fields: Record<string, string>, path = WEBHOOK_PATH) =>
    call(site.api.now.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      json: { event: 'order/confirmed', ...fields },
    });
  const many = (prefix: string, work: (reference: string) => Promise<unknown>, count = BATCH) =>
    Promise.all(Array.from({ length: count }, (_, n) => work(`${prefix} ${n}`)));
  it('seQura and a merchant’s endpoint are away', async () => {
    await site.endpoint.goOffline();
    await place('first');
    await site.api.see(idOf('first'), 'the SMS', smsSent);
    site.worker.toSequra.cut();
    await many('in vain', place);
    await fires('SequraDown', 'NotificationsFail', 'WebhooksStopped');
    site.worker.toSequra.heal();
    await site.endpoint.goOnline();
  });

  it('seQura refuses: a password, many orders, an SMS', async () => {
    site.simulator.faults.set('no entry', 'create', { kind: 'refuse', status: 401 });
    await place('no entry');
    const refused = (reference: string) => {
      site.simulator.faults.set(reference, 'create', { kind: 'refuse' });
      return place(reference);
    };
    site.simulator.faults.set('no SMS', 'send_sms', { kind: 'refuse', times: 5 });
    await place('no SMS');
    await many('refused', refused, 3 * BATCH);
    await fires('SequraUnauthorized', 'SequraRefusesMany', 'OrdersNeedAHuman', 'OrdersNeedAHumanForLong');
  });

  it('webhooks go wrong', async () => {
    await place('Till 7 001');
    await site.api.see(idOf('Till 7 001'), 'the SMS', smsSent);
    await webhook({ order_ref_1: 'Till-7-001' });
    await webhook({ order_ref_1: 'Till 7 001' }, '/webhooks/sequra/another');
    // A rate takes two scrapes: one alone cannot say how fast webhooks are.
    for (const turn of ['nobody', 'nobody again']) {
      await many(turn, (reference) => webhook({ order_ref_1: reference }));
      await sleep(2 * SCRAPE_MS);
    }
    await fires('WebhooksNearlyMatched', 'WebhooksRefused', 'WebhooksUnmatched', 'WebhooksSlow');
    site.ways['sequra to api']?.cut();
    await fires('WebhooksUnreachable');
    site.ways['sequra to api']?.heal();
  });

  it('a key asks for more than its share', async () => {
    const flood = () =>
      many(
        '',
        () =>
          call(`${site.api.now.url}${orderPath(idOf('first'))}`, { headers: { authorization: `Bearer ${FLOOD_KEY}` } }),
        300,
      );
    await flood();
    await fires('RequestsRefused');
  });

  it('somebody holds a call up in Temporal', async () => {
    site.simulator.faults.set('held', 'create', { kind: 'timeout_before_effect', times: 1 });
    await place('held');
    await until('the create', () => site.simulator.ledger.hits('held', 'create') === 1);
    await pause(site.client, await pendingActivity(site.client, idOf('held')));
    await site.worker.kill();
    await fires('NoWorker');
    await place('for nobody');
    await fires('WorkerBacklog');
    await site.worker.start();
    prometheus.aim();
    await fires('OrdersHeldUp');
    await site.api.see(idOf('held'), 'the question', asksHuman);
  });

  it('Temporal is away', async () => {
    await fires('OrdersPastDeadline', 'OrdersPaused');
    await place('held webhook');
    await site.api.see(idOf('held webhook'), 'the SMS', smsSent);
    site.api.toTemporal.cut();
    await place('refused by 503').catch(() => null);
    await webhook({ order_ref_1: 'held webhook' });
    await fires('WebhooksHeld', 'TemporalUnavailable', 'OrdersNotCounted');
    await webhook({ order_ref_1: TOO_LONG_TO_HOLD });
    await fires('WebhooksDropped');
    site.api.toTemporal.heal();
    await site.api.see(idOf('held webhook'), 'the end', closed, 60_000);
  });

  it('the files of the settings have a mistake', async () => {
    const file = site.settings['MERCHANTS_FILE'] ?? '';
    const right = readFileSync(file);
    writeFileSync(file, '{');
    await fires('SettingsRefused');
    writeFileSync(file, right);
    await until('it is over', async () =>
      (await firing()).every(({ labels }) => labels['alertname'] !== 'SettingsRefused'),
    );
  });

  it('a payload key is missing', async () => {
    const other = { PAYLOAD_KEYS: payloadKeysSetting(WRONG_PAYLOAD_KEY) };
    await place('unreadable');
    await site.api.see(idOf('unreadable'), 'the SMS', smsSent);
    await site.worker.kill();
    await site.worker.start(other);
    await site.api.kill();
    await fires('NoApi');
    await site.api.start(other);
    prometheus.aim();
    await webhook({ order_ref_1: 'unreadable' });
    await site.api.call(orderPath(idOf('unreadable')));
    await fires('PayloadsUnreadable', 'RequestsFail', 'OrdersStuck');
  });

  it('none is left', () => {
    const all = soonerRules().groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    assert.deepEqual(
      all.filter((alert) => !seen.has(alert)),
      [],
    );
  });
});
