// Each alert of deploy/monitoring/alerts.yaml fires for its own cause and for nothing else, by Prometheus' own means (`promtool`).
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const RULES = fileURLToPath(new URL('../../deploy/monitoring/alerts.yaml', import.meta.url));
const DOCS = fileURLToPath(new URL('../../docs', import.meta.url));

type Rule = { alert: string; labels: { severity: string }; annotations: { summary: string; runbook_url: string } };
const rules = (parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);

/** Values a minute, in promtool's notation: `0+60x600` is the time itself. */
type Series = Record<string, string>;
const steady = (value: number) => `${value}x2100`;
/** As a counter that a process makes only when it first counts. */
const appears = '_x60 1x540';
const CREATED = 'sequra_calls_total{merchant_id="m",call="createOrder",outcome="done"}';
const WEBHOOK = 'api_webhooks_total{merchant_id="m",outcome="signalled"}';

/** Nothing fires. */
const QUIET: Series = {
  orders_counted_timestamp_seconds: '0+60x2000',
  orders_past_deadline: steady(0),
  orders_stuck: steady(0),
  orders_paused: steady(0),
  'task_queue_backlog_age_seconds{task_queue="q",tasks="workflow"}': steady(2),
  'temporal_num_pollers{poller_type="workflow_task"}': steady(5),
  api_held_answers: steady(3),
  api_webhooks_held: steady(0),
  webhooks_open: steady(1),
  'settings_refused{job="api"}': steady(0),
  'settings_refused{job="desk"}': steady(0),
  [CREATED]: '0+1x2000',
  [WEBHOOK]: '0+1x2000',
  'api_request_duration_seconds_count{route="/v1/orders",status="202"}': '0+1x2000',
  'api_webhook_duration_seconds_bucket{le="0.5"}': '0+1x2000',
  'api_webhook_duration_seconds_bucket{le="1"}': '0+1x2000',
  'api_webhook_duration_seconds_bucket{le="2.5"}': '0+1x2000',
  'api_webhook_duration_seconds_bucket{le="+Inf"}': '0+1x2000',
  'notifications_total{merchant_id="m",outcome="delivered"}': '0+1x2000',
};

const attention = '{merchant_id="m",reason="sms_not_sent"}';
const webhookRequest = (status: number) =>
  `api_request_duration_seconds_count{route="/webhooks/sequra/:token",status="${status}"}`;

/** What is otherwise when an alert fires; null: the series is not there. After `minutes`, 70 unless said otherwise. */
const CAUSES: Record<string, { series: Record<string, string | null>; minutes?: number }> = {
  OrdersNeedAHuman: { series: { [`orders_attention${attention}`]: '_x60 2x60' } },
  OrdersNeedAHumanForLong: {
    series: { [`orders_attention_oldest_timestamp_seconds${attention}`]: steady(600) },
    minutes: 300,
  },
  OrdersPastDeadline: { series: { orders_past_deadline: '0x60 1x60' } },
  OrdersStuck: { series: { orders_stuck: '0x60 1x60' } },
  OrdersPaused: { series: { orders_paused: '0x50 1x60' } },
  OrdersHeldUp: { series: { orders_held_up_total: appears } },
  OrdersNotCounted: { series: { orders_counted_timestamp_seconds: '0+60x55 3300x60' } },
  SequraDown: {
    series: {
      [CREATED]: '0+1x50 50x60',
      'sequra_calls_total{merchant_id="m",call="createOrder",outcome="unknown_http_503"}': '0x50 0+1x60',
    },
  },
  SequraUnauthorized: {
    series: { 'sequra_calls_total{merchant_id="m",call="createOrder",outcome="unauthorized"}': appears },
  },
  SequraRefusesMany: {
    series: { 'sequra_calls_total{merchant_id="m",call="sendSms",outcome="refused"}': '0+1x2000' },
  },
  WebhooksUnreachable: { series: { webhooks_open: '1x60 0x60' } },
  WebhooksStopped: { series: { [WEBHOOK]: null }, minutes: 120 },
  WebhooksRefused: { series: { [webhookRequest(404)]: appears } },
  WebhooksHeld: { series: { api_webhooks_held: '0x60 4x60' } },
  WebhooksDropped: { series: { 'api_webhooks_dropped_total{merchant_id="m"}': appears } },
  WebhooksNearlyMatched: {
    series: { 'webhooks_nearly_matched_total{merchant_id="m",status="awaiting_customer"}': appears },
  },
  WebhooksUnmatched: { series: { 'api_webhooks_total{merchant_id="m",outcome="unmatched"}': '0+1x2000' } },
  WebhooksSlow: {
    series: {
      'api_webhook_duration_seconds_bucket{le="0.5"}': '0+1x50 50x60',
      'api_webhook_duration_seconds_bucket{le="1"}': '0+1x50 50x60',
    },
  },
  WorkerBacklog: { series: { 'task_queue_backlog_age_seconds{task_queue="q",tasks="workflow"}': '0x60 70+60x60' } },
  NoWorker: { series: { 'temporal_num_pollers{poller_type="workflow_task"}': '5x60 _x60' } },
  NoApi: { series: { api_held_answers: '3x60 _x60' } },
  TemporalUnavailable: {
    series: { 'api_request_duration_seconds_count{route="/v1/orders",status="503"}': '_x66 1+1x60' },
  },
  SettingsRefused: { series: { 'settings_refused{job="desk"}': '0x60 1x60' } },
  PayloadsUnreadable: { series: { 'payloads_unreadable_total{reason="missing_key"}': appears } },
  RequestsFail: { series: { 'api_request_duration_seconds_count{route="/v1/orders",status="500"}': appears } },
  RequestsRefused: { series: { 'api_requests_refused_total{problem="rate_limited"}': '0x55 0+20x60' } },
  NotificationsFail: {
    series: {
      'notifications_total{merchant_id="m",outcome="delivered"}': null,
      'notifications_total{merchant_id="m",outcome="http_500"}': '0+1x2000',
    },
  },
};

describe('alerts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
  after(() => rmSync(folder, { recursive: true }));

  it('are rules that Prometheus takes', () => {
    assert.match(execFileSync('promtool', ['check', 'rules', RULES], { encoding: 'utf8' }), /SUCCESS/);
  });

  it('are each set off here', () => {
    assert.deepEqual(Object.keys(CAUSES).toSorted(), rules.map(({ alert }) => alert).toSorted());
  });

  it('name a page, and a heading in it, that exist', () => {
    const missing = rules.filter(({ annotations: { runbook_url: url } }) => {
      const [, page = '', heading] = /^\{\{ \$externalLabels\.runbooks \}\}\/([^#]+)(?:#(.+))?$/.exec(url) ?? [];
      if (!existsSync(join(DOCS, page))) return true;
      if (heading === undefined || heading.startsWith('{{')) return false;
      const headings = readFileSync(join(DOCS, page), 'utf8').matchAll(/^#+ (.+)$/gm);
      const anchors = [...headings].map(([, text = '']) =>
        text
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
      return !anchors.includes(heading);
    });
    assert.deepEqual(
      missing.map(({ alert }) => alert),
      [],
    );
  });

  it('say how urgent they are, and are silent where all is well', () => {
    assert.deepEqual(
      rules.filter(({ labels }) => !['page', 'ticket'].includes(labels.severity)),
      [],
    );
    assert.deepEqual(fired({}, 2_000), '');
    assert.deepEqual(fired({}, 70), '');
  });

  for (const [alert, { series, minutes = 70 }] of Object.entries(CAUSES)) {
    it(`${alert} fires for its cause alone`, () => {
      assert.equal(fired(series, minutes, [alert]), '');
    });
  }

  /** What promtool says of it; nothing where exactly these alerts fire. */
  function fired(changes: Record<string, string | null>, minutes: number, alerts: string[] = []): string {
    const series = Object.entries({ ...QUIET, ...changes }).filter(([, values]) => values !== null);
    const test = {
      rule_files: [RULES],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          external_labels: { runbooks: 'https://docs.example' },
          input_series: series.map(([name, values]) => ({ series: name, values })),
          promql_expr_test: [
            {
              expr: 'group by (alertname) (ALERTS{alertstate="firing"})',
              eval_time: `${minutes}m`,
              exp_samples: alerts.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 })),
            },
          ],
        },
      ],
    };
    const file = join(folder, 'test.yaml');
    writeFileSync(file, JSON.stringify(test));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
    return status === 0 ? '' : stdout + stderr;
  }
});
