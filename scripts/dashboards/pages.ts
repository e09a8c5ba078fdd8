// The pages of Grafana as tables: what each panel shows, of which metrics, and which page of docs/ says what to do.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { isFinal, ORDER_STATUSES } from '../../src/order/status.ts';

export type Query = {
  expr: string;
  /** In Grafana's notation, `{{label}}`; of a table, the name of the column. */
  legend?: string;
  /** Of a column. */
  unit?: Unit;
};

export type Panel = {
  title: string;
  /** What it says, in one or two sentences. */
  what: string;
  shows: 'number' | 'lines' | 'areas' | 'table';
  unit?: Unit;
  queries: readonly Query[];
  /** From here on a number is red; `below`: at this or less. */
  red?: number | { below: number };
  /** Below docs/. */
  page?: string;
  /** Why it is empty where all is well. */
  quiet?: string;
};

export type Page = {
  uid: string;
  title: string;
  /** The question that it answers. */
  question: string;
  rows: readonly { title: string; panels: readonly Panel[] }[];
};

/** Of Grafana: https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options. */
type Unit = 's' | 'ms' | 'percentunit' | 'bytes' | 'short' | 'reqps';

const M = 'merchant_id=~"$merchant"';
const statuses = (final: boolean) => ORDER_STATUSES.filter((status) => isFinal(status) === final).join('|');
/** Every API counts the same orders: one of them is enough. */
const orders = (labels = '') => `max by (merchant_id, status) (orders{${M}${labels}})`;
const attention = (metric: string) => `max by (merchant_id, reason) (${metric}{${M}})`;
/** By how much a counter rose. A process makes it when it first counts, and `increase` misses what it begins with. */
const rose = (series: string, window: string) =>
  `((${series} unless ${series} offset ${window}) or increase(${series}[${window}]))`;
const aMinute = (by: string, series: string) => `60 * sum by (${by}) (rate(${series}[$__rate_interval]))`;
const inAnHour = (by: string, series: string) => `sum by (${by}) (${rose(series, '1h')})`;
const ofTheTimeShown = (series: string) => `sum(${rose(series, '$__range')}) or vector(0)`;
const quantile = (q: number, by: string, histogram: string) =>
  `histogram_quantile(${q}, sum by (${by === '' ? '' : `${by}, `}le) (rate(${histogram}[$__rate_interval])))`;
const quantiles = (by: string, histogram: string): Query[] =>
  [0.5, 0.95, 0.99].map((q) => ({
    expr: quantile(q, by, histogram),
    legend: `${by === '' ? '' : `{{${by}}} `}p${q * 100}`,
  }));

const NO_ANSWER = 'outcome=~"unreachable|rate_limited|unknown_.*|failed"';
const WEBHOOK_ROUTE = 'route="/webhooks/sequra/:token"';
const calls = (labels: string) => `sequra_calls_total{${M}, ${labels}}`;

/** Prometheus may look after others, too: the alerts, and the processes, that are ours. */
const ALERTS = readAlerts();
export const FIRING_ALERTS = `ALERTS{alertstate="firing", alertname=~"${ALERTS.join('|')}", merchant_id=~"$merchant|"}`;
const OURS = 'and on (instance) (api_held_answers or temporal_num_pollers)';
export const STARTED = `process_start_time_seconds ${OURS}`;

function readAlerts(): string[] {
  const text = readFileSync(new URL('../../deploy/monitoring/alerts.yaml', import.meta.url), 'utf8');
  const { groups } = parse(text) as { groups: { rules: { alert: string }[] }[] };
  return groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
}

const FIRING: Panel = {
  title: 'Alerts that fire',
  what: 'Each leads to its page: the table of the runbooks has them by name.',
  shows: 'table',
  queries: [
    {
      expr: `sum by (alertname, severity, merchant_id, reason, call) (${FIRING_ALERTS})`,
      legend: 'firing',
    },
  ],
  page: 'runbooks/README.md',
  quiet: 'no alert fires',
};

const NEARLY_MATCHED: Panel = {
  title: 'Webhooks that nearly matched an order, in an hour',
  what: 'A customer may have signed such an order, which has not heard of it and will be cancelled.',
  shows: 'lines',
  queries: [
    {
      expr: inAnHour('merchant_id, status', `webhooks_nearly_matched_total{${M}}`),
      legend: '{{merchant_id}} {{status}}',
    },
  ],
  page: 'operations.md#a-webhook-that-nearly-matches',
  quiet: 'no webhook nearly matched',
};

export const PAGES: readonly Page[] = [
  {
    uid: 'orders-business',
    title: 'Orders: business',
    question: 'How do orders end, for which merchant, and which of them need a human?',
    rows: [
      {
        title: 'Now',
        panels: [
          {
            title: 'Need a human',
            what: 'Orders with an attention. Nothing else than a human’s answer carries most of them on.',
            shows: 'number',
            queries: [{ expr: `sum(${attention('orders_attention')}) or vector(0)` }],
            red: 1,
            page: 'operations.md#attentions',
          },
          {
            title: 'The oldest has waited',
            what: 'Since when the order that has needed a human for longest does.',
            shows: 'number',
            unit: 's',
            queries: [{ expr: `time() - min(orders_attention_oldest_timestamp_seconds{${M}})` }],
            red: 4 * 3600,
            page: 'operations.md#attentions',
            quiet: 'no order needs a human',
          },
          {
            title: 'Past their deadline',
            what: 'Open orders of all merchants whose deadline passed five minutes ago or more: nothing carries them on.',
            shows: 'number',
            queries: [{ expr: 'max(orders_past_deadline)' }],
            red: 1,
            page: 'runbooks/worker-backlog.md',
          },
          {
            title: 'Open',
            what: 'Orders that are being created, wait for their customer, or are being cancelled.',
            shows: 'number',
            queries: [{ expr: `sum(${orders(`, status=~"${statuses(false)}"`)})` }],
          },
          {
            title: 'Confirmed, of those that ended',
            what: 'Of the orders that Temporal keeps. Those whose retention is over do not count.',
            shows: 'number',
            unit: 'percentunit',
            queries: [
              {
                expr: `sum(${orders(', status="confirmed"')}) / sum(${orders(`, status=~"${statuses(true)}"`)})`,
              },
            ],
          },
          {
            title: 'Age of these figures',
            what: 'How old the figures over all orders are.',
            shows: 'number',
            unit: 's',
            queries: [{ expr: 'time() - max(orders_counted_timestamp_seconds)' }],
            red: 300,
            page: 'runbooks/visibility-throttled.md',
          },
          FIRING,
          {
            title: 'Who waits for a human',
            what: 'By merchant and reason; the reason leads to these orders in the Temporal UI.',
            shows: 'table',
            queries: [
              { expr: attention('orders_attention'), legend: 'orders' },
              {
                expr: `time() - ${attention('orders_attention_oldest_timestamp_seconds')}`,
                legend: 'the oldest has waited',
                unit: 's',
              },
            ],
            page: 'operations.md#attentions',
            quiet: 'no order needs a human',
          },
        ],
      },
      {
        title: 'Orders',
        panels: [
          {
            title: 'By status',
            what: 'All orders that Temporal keeps, closed ones until their retention ends.',
            shows: 'areas',
            queries: [{ expr: `sum by (status) (${orders()})`, legend: '{{status}}' }],
          },
          {
            title: 'Need a human, by reason',
            what: 'One reason that rises alone has one cause: clear it in bulk.',
            shows: 'areas',
            queries: [{ expr: `sum by (reason) (${attention('orders_attention')})`, legend: '{{reason}}' }],
            page: 'operations.md#change-many',
            quiet: 'no order needs a human',
          },
          {
            title: 'Created at seQura, in an hour',
            what: 'By merchant. A merchant that falls to nothing has a till that is off.',
            shows: 'lines',
            queries: [
              {
                expr: inAnHour('merchant_id', calls('call="createOrder", outcome="done"')),
                legend: '{{merchant_id}}',
              },
            ],
          },
          {
            title: 'Confirmed, of those that ended, by merchant',
            what: 'Of the orders that Temporal keeps.',
            shows: 'lines',
            unit: 'percentunit',
            queries: [
              {
                expr: `sum by (merchant_id) (${orders(', status="confirmed"')}) / sum by (merchant_id) (${orders(`, status=~"${statuses(true)}"`)})`,
                legend: '{{merchant_id}}',
              },
            ],
          },
          {
            title: 'Calls for SMS, in an hour',
            what: 'By how they ended. Refused ones are mostly wrong numbers.',
            shows: 'lines',
            queries: [{ expr: inAnHour('outcome', calls('call="sendSms"')), legend: '{{outcome}}' }],
            page: 'operations.md#sms_not_sent',
          },
          {
            title: 'What seQura told us, in an hour',
            what: 'Webhooks by what became of them. A merchant with orders and no webhook: its address at seQura is wrong.',
            shows: 'lines',
            queries: [
              {
                expr: inAnHour('merchant_id, outcome', `api_webhooks_total{${M}}`),
                legend: '{{merchant_id}} {{outcome}}',
              },
            ],
            page: 'runbooks/webhooks-stopped.md',
          },
          {
            title: 'What we told merchants, in an hour',
            what: 'Tries of notifications by how they ended, for each merchant with an endpoint.',
            shows: 'lines',
            queries: [
              {
                expr: inAnHour('merchant_id, outcome', `notifications_total{${M}}`),
                legend: '{{merchant_id}} {{outcome}}',
              },
            ],
            page: 'operations.md#notifications',
          },
          NEARLY_MATCHED,
        ],
      },
    ],
  },
  {
    uid: 'orders-provider',
    title: 'Orders: provider',
    question: 'Does seQura answer us, and do we hear from it?',
    rows: [
      {
        title: 'Now',
        panels: [
          {
            title: 'Calls without a usable answer',
            what: 'Share of all calls of the last five minutes.',
            shows: 'number',
            unit: 'percentunit',
            queries: [
              {
                expr: `(sum(${rose(calls(NO_ANSWER), '5m')}) or vector(0)) / sum(${rose(`sequra_calls_total{${M}}`, '5m')})`,
              },
            ],
            red: 0.5,
            page: 'runbooks/sequra-down.md',
          },
          {
            title: 'Password not taken',
            what: 'Calls of the time shown that seQura answered with 401: all orders of such a merchant fail.',
            shows: 'number',
            queries: [{ expr: ofTheTimeShown(calls('outcome="unauthorized"')) }],
            red: 1,
            page: 'runbooks/bad-credentials.md',
          },
          {
            title: 'Refused',
            what: 'Calls of the time shown to which seQura said no.',
            shows: 'number',
            queries: [{ expr: ofTheTimeShown(calls('outcome="refused"')) }],
            page: 'runbooks/sequra-down.md',
          },
          {
            title: 'Way in for webhooks',
            what: '1: open. 0: seQura cannot reach us, and no deadline cancels an order. Empty: workers have no WEBHOOK_PROBE_URL.',
            shows: 'number',
            queries: [{ expr: 'min(webhooks_open)' }],
            red: { below: 0 },
            page: 'runbooks/webhooks-unreachable.md',
          },
          {
            title: 'Webhooks that wait for Temporal',
            what: 'They are in the memory of the API: do not restart it.',
            shows: 'number',
            queries: [{ expr: 'sum(api_webhooks_held)' }],
            red: 1,
            page: 'runbooks/temporal-down.md',
          },
          {
            title: 'Webhooks without room',
            what: 'Of the time shown: seQura has to repeat them.',
            shows: 'number',
            queries: [{ expr: ofTheTimeShown(`api_webhooks_dropped_total{${M}}`) }],
            red: 1,
            page: 'runbooks/temporal-down.md',
          },
          FIRING,
          {
            title: 'Calls that did not end well, of the last 15 minutes',
            what: 'By merchant. One merchant alone: its account. All of them: seQura.',
            shows: 'table',
            queries: [
              {
                expr: `sum by (merchant_id, call, outcome) (${rose(calls('outcome!="done"'), '15m')}) > 0`,
                legend: 'calls',
              },
            ],
            page: 'runbooks/sequra-down.md',
            quiet: 'every call ended well',
          },
        ],
      },
      {
        title: 'We call seQura',
        panels: [
          {
            title: 'Calls a minute, by how they ended',
            what: 'A create whose answer is unknown is not sent again: its order asks a human.',
            shows: 'lines',
            queries: [{ expr: aMinute('call, outcome', `sequra_calls_total{${M}}`), legend: '{{call}} {{outcome}}' }],
            page: 'runbooks/sequra-down.md',
          },
          {
            title: 'Calls a minute, by merchant',
            what: 'SEQURA_CALLS_PER_SECOND limits them for each merchant.',
            shows: 'lines',
            queries: [{ expr: aMinute('merchant_id', `sequra_calls_total{${M}}`), legend: '{{merchant_id}}' }],
            page: 'operations.md#a-limit-on-calls-to-sequra',
          },
          {
            title: 'How long calls take',
            what: 'Calls of all merchants, whatever their outcome.',
            shows: 'lines',
            unit: 's',
            queries: quantiles('call', 'sequra_call_duration_seconds_bucket'),
            page: 'runbooks/sequra-down.md',
          },
          {
            title: 'How long calls take, by outcome',
            what: 'Mean. Calls that end at SEQURA_TIMEOUT_MS got no answer.',
            shows: 'lines',
            unit: 's',
            queries: [
              {
                expr: 'sum by (outcome) (rate(sequra_call_duration_seconds_sum[$__rate_interval])) / sum by (outcome) (rate(sequra_call_duration_seconds_count[$__rate_interval]))',
                legend: '{{outcome}}',
              },
            ],
          },
        ],
      },
      {
        title: 'seQura calls us',
        panels: [
          {
            title: 'Webhooks a minute, by what became of them',
            what: 'unmatched: for references that are not ours, or no longer kept.',
            shows: 'lines',
            queries: [
              {
                expr: aMinute('merchant_id, outcome', `api_webhooks_total{${M}}`),
                legend: '{{merchant_id}} {{outcome}}',
              },
            ],
            page: 'runbooks/webhooks-stopped.md',
          },
          {
            title: 'Answers to webhooks, in an hour',
            what: '404: a wrong token. 503: Temporal is away. 500: a payload key is missing.',
            shows: 'lines',
            queries: [
              {
                expr: inAnHour('status', `api_request_duration_seconds_count{${WEBHOOK_ROUTE}}`),
                legend: '{{status}}',
              },
            ],
            page: 'runbooks/webhooks-stopped.md',
          },
          {
            title: 'Until Temporal has recorded a webhook',
            what: 'Above a second Temporal is slow.',
            shows: 'lines',
            unit: 's',
            queries: quantiles('', 'api_webhook_duration_seconds_bucket'),
            page: 'runbooks/temporal-down.md',
          },
          {
            title: 'Looks at the way in, a minute',
            what: 'What workers found at WEBHOOK_PROBE_URL: open, or what is wrong.',
            shows: 'lines',
            queries: [{ expr: aMinute('outcome', 'webhooks_looks_total'), legend: '{{outcome}}' }],
            page: 'runbooks/webhooks-unreachable.md',
          },
          {
            title: 'Memory of webhooks that wait for Temporal',
            what: 'Each API has room for 32 MB.',
            shows: 'areas',
            unit: 'bytes',
            queries: [{ expr: 'sum by (instance) (api_webhooks_held_bytes)', legend: '{{instance}}' }],
            page: 'runbooks/temporal-down.md',
          },
          NEARLY_MATCHED,
        ],
      },
    ],
  },
  {
    uid: 'orders-engine',
    title: 'Orders: engine',
    question: 'Do Temporal, the workers and the API keep up?',
    rows: [
      {
        title: 'Now',
        panels: [
          {
            title: 'Stuck',
            what: 'Orders whose workflow no worker can carry on.',
            shows: 'number',
            queries: [{ expr: 'max(orders_stuck)' }],
            red: 1,
            page: 'runbooks/orders-stuck.md',
          },
          {
            title: 'Paused',
            what: 'Orders that somebody paused in Temporal.',
            shows: 'number',
            queries: [{ expr: 'max(orders_paused)' }],
            red: 1,
            page: 'operations.md#workflow_stopped',
          },
          {
            title: 'Workers that ask for work',
            what: 'Processes with a poller of the orders’ task queue.',
            shows: 'number',
            queries: [
              {
                expr: 'count(count by (instance) (temporal_num_pollers{poller_type="workflow_task"} > 0)) or vector(0)',
              },
            ],
            red: { below: 0 },
            page: 'runbooks/worker-backlog.md',
          },
          {
            title: 'APIs',
            what: 'Processes whose metrics are read.',
            shows: 'number',
            queries: [{ expr: 'count(api_held_answers) or vector(0)' }],
            red: { below: 0 },
            page: 'runbooks/webhooks-unreachable.md',
          },
          {
            title: 'Longest wait for a worker',
            what: 'Of all tasks in the queues.',
            shows: 'number',
            unit: 's',
            queries: [{ expr: 'max(task_queue_backlog_age_seconds)' }],
            red: 60,
            page: 'runbooks/worker-backlog.md',
          },
          {
            title: 'Payloads that cannot be read',
            what: 'Reads of the time shown that failed: a key is missing, or somebody changed what Temporal keeps.',
            shows: 'number',
            queries: [{ expr: ofTheTimeShown('payloads_unreadable_total') }],
            red: 1,
            page: 'runbooks/payload-key-lost.md',
          },
          FIRING,
          {
            title: 'Work that failed, of the last 15 minutes',
            what: 'Workflow tasks that fail are stuck orders. Activities that fail are tried again, or ask a human.',
            shows: 'table',
            queries: [
              {
                expr: `sum by (workflow_type, activity_type, failure_reason) (${rose('temporal_workflow_task_execution_failed', '15m')} or ${rose('temporal_activity_execution_failed', '15m')}) > 0`,
                legend: 'failed',
              },
            ],
            page: 'runbooks/orders-stuck.md',
            quiet: 'nothing failed',
          },
        ],
      },
      {
        title: 'Temporal and the workers',
        panels: [
          {
            title: 'Tasks that wait for a worker',
            what: 'A queue that grows and does not shrink needs more workers.',
            shows: 'areas',
            queries: [
              {
                expr: 'max by (task_queue, tasks) (task_queue_backlog)',
                legend: '{{task_queue}} {{tasks}}',
              },
            ],
            page: 'runbooks/worker-backlog.md',
          },
          {
            title: 'How long the oldest waits',
            what: 'Of each queue.',
            shows: 'lines',
            unit: 's',
            queries: [
              {
                expr: 'max by (task_queue, tasks) (task_queue_backlog_age_seconds)',
                legend: '{{task_queue}} {{tasks}}',
              },
            ],
            page: 'runbooks/worker-backlog.md',
          },
          {
            title: 'From the queue to a worker, p95',
            what: 'Workflow tasks and activities. It rises where workers are too few, or busy.',
            shows: 'lines',
            unit: 'ms',
            queries: [
              {
                expr: quantile(0.95, 'task_queue', 'temporal_workflow_task_schedule_to_start_latency_bucket'),
                legend: '{{task_queue}} workflow',
              },
              {
                expr: quantile(0.95, 'task_queue', 'temporal_activity_schedule_to_start_latency_bucket'),
                legend: '{{task_queue}} activity',
              },
            ],
            page: 'runbooks/worker-backlog.md',
          },
          {
            title: 'Slots in use',
            what: 'Of those that workers have. Polls hold up to twelve more, for workflow tasks: work waits in the queue before 100 %.',
            shows: 'lines',
            unit: 'percentunit',
            queries: [
              {
                expr: 'sum by (task_queue, worker_type) (temporal_worker_task_slots_used) / sum by (task_queue, worker_type) (temporal_worker_task_slots_used + temporal_worker_task_slots_available)',
                legend: '{{task_queue}} {{worker_type}}',
              },
            ],
            page: 'sizing.md',
          },
          {
            title: 'Workflow tasks, p95',
            what: 'How long a worker takes for one.',
            shows: 'lines',
            unit: 'ms',
            queries: [
              {
                expr: quantile(0.95, 'workflow_type', 'temporal_workflow_task_execution_latency_bucket'),
                legend: '{{workflow_type}}',
              },
            ],
          },
          {
            title: 'Activities, p95',
            what: 'How long a worker takes for one; calls to seQura and to merchants are most of it.',
            shows: 'lines',
            unit: 'ms',
            queries: [
              {
                expr: quantile(0.95, 'activity_type', 'temporal_activity_execution_latency_bucket'),
                legend: '{{activity_type}}',
              },
            ],
          },
          {
            title: 'Workflows that ended, a minute',
            what: 'By their type: orders, notifications, webhooks without an order, idempotency keys.',
            shows: 'lines',
            queries: [{ expr: aMinute('workflow_type', 'temporal_workflow_completed'), legend: '{{workflow_type}}' }],
          },
          {
            title: 'Orders by the payload key with which they were placed',
            what: 'None needs a key older than that. Without a name: placed with a key that is not among PAYLOAD_KEYS.',
            shows: 'areas',
            queries: [{ expr: 'max by (key) (orders_placed_with_payload_key)', legend: '{{key}}' }],
            page: 'operations.md#payload-keys',
          },
          {
            title: 'Workflows in the cache of the workers',
            what: 'What is not there is replayed from its history.',
            shows: 'lines',
            queries: [{ expr: 'sum by (instance) (temporal_sticky_cache_size)', legend: '{{instance}}' }],
            page: 'sizing.md',
          },
          {
            title: 'Calls of the workers to Temporal, p95',
            what: 'Without those that wait for work.',
            shows: 'lines',
            unit: 'ms',
            queries: [
              { expr: quantile(0.95, 'operation', 'temporal_request_latency_bucket'), legend: '{{operation}}' },
            ],
            page: 'runbooks/temporal-down.md',
          },
          {
            title: 'Calls of the workers to Temporal that fail, a minute',
            what: 'RESOURCE_EXHAUSTED: a limit of the server or of the namespace.',
            shows: 'lines',
            queries: [
              {
                expr: `60 * sum by (operation, status_code) (rate(temporal_request_failure[$__rate_interval]) or rate(temporal_long_request_failure[$__rate_interval]))`,
                legend: '{{operation}} {{status_code}}',
              },
            ],
            page: 'runbooks/temporal-down.md',
            quiet: 'no call failed',
          },
        ],
      },
      {
        title: 'The API',
        panels: [
          {
            title: 'Requests a minute, by answer',
            what: '503: Temporal is away, or no worker takes a command.',
            shows: 'areas',
            queries: [{ expr: aMinute('status', 'api_request_duration_seconds_count'), legend: '{{status}}' }],
            page: 'runbooks/temporal-down.md',
          },
          {
            title: 'Requests, p95',
            what: 'By route. Reads that wait for a change, and streams, last as long as they are asked to.',
            shows: 'lines',
            unit: 's',
            queries: [
              {
                expr: quantile(0.95, 'method, route', 'api_request_duration_seconds_bucket'),
                legend: '{{method}} {{route}}',
              },
            ],
          },
          {
            title: 'Refused requests, in an hour',
            what: 'rate_limited, too_many_waiting: a key asks for more than its share. The log line names it.',
            shows: 'lines',
            queries: [{ expr: inAnHour('problem', 'api_requests_refused_total'), legend: '{{problem}}' }],
            page: 'operations.md#what-to-watch',
            quiet: 'no request was refused',
          },
          {
            title: 'Who waits for a change',
            what: 'Answers that are held, and the orders that they are about.',
            shows: 'lines',
            queries: [
              { expr: 'sum(api_held_answers)', legend: 'answers' },
              { expr: 'sum by (how) (api_watched_orders)', legend: 'orders {{how}}' },
            ],
          },
        ],
      },
      {
        title: 'The processes',
        panels: [
          {
            title: 'Memory',
            what: 'Resident. It levels out within an hour or so under steady load.',
            shows: 'lines',
            unit: 'bytes',
            queries: [{ expr: `process_resident_memory_bytes ${OURS}`, legend: '{{job}} {{instance}}' }],
            page: 'sizing.md',
          },
          {
            title: 'CPU',
            what: '100 %: one core.',
            shows: 'lines',
            unit: 'percentunit',
            queries: [
              {
                expr: `rate(process_cpu_seconds_total[$__rate_interval]) ${OURS}`,
                legend: '{{job}} {{instance}}',
              },
            ],
            page: 'sizing.md',
          },
          {
            title: 'Event loop, p99',
            what: 'How late the process gets to what is due. Above 100 ms it has too much to do.',
            shows: 'lines',
            unit: 's',
            queries: [{ expr: `nodejs_eventloop_lag_p99_seconds ${OURS}`, legend: '{{job}} {{instance}}' }],
          },
          {
            title: 'Open files and connections',
            what: 'A line that only rises is a leak.',
            shows: 'lines',
            queries: [{ expr: `process_open_fds ${OURS}`, legend: '{{job}} {{instance}}' }],
          },
        ],
      },
    ],
  },
];
