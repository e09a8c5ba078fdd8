// What the processes count, as Prometheus reads it: each process for itself, and all orders in one place.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { canariesIn } from '../support/canaries.ts';
import { orderPath, resolution } from '../support/orders.ts';
import type { Site, Started } from '../support/site.ts';
import { openSite } from '../support/site.ts';
import { call } from '../support/till.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';

/** The names of Temporal's own dashboard for this SDK (temporalio/dashboards, sdk/temporal-core-sdks-otel.json), of what happens in any order. */
const DASHBOARD = [
  'temporal_request',
  'temporal_request_latency_bucket',
  'temporal_long_request_latency_bucket',
  'temporal_workflow_completed',
  'temporal_workflow_endtoend_latency_bucket',
  'temporal_workflow_task_queue_poll_succeed',
  'temporal_workflow_task_schedule_to_start_latency_bucket',
  'temporal_workflow_task_execution_latency_bucket',
  'temporal_activity_schedule_to_start_latency_count',
  'temporal_activity_execution_latency_bucket',
  'temporal_worker_task_slots_available',
  'temporal_worker_task_slots_used',
  'temporal_sticky_cache_size',
  'temporal_sticky_cache_hit',
];

describe('metrics', () => {
  let site: Site;
  before(async () => (site = await openSite({ temporal: 'in memory' })));
  after(() => site.close());

  const scrape = async ({ admin }: Started, path = '/metrics') => (await call<string>(admin + path)).body;
  const ofOrders = () => scrape(site.api.now, '/metrics/orders');
  const seen = (what: string, scraped: () => Promise<string>, ...lines: RegExp[]) =>
    until(what, async () => {
      const text = await scraped();
      return lines.every((line) => line.test(text)) ? text : null;
    });

  async function placed(reference: string): Promise<string> {
    const { status, body } = await site.api.post(reference);
    assert.equal(status, 202);
    return body.id;
  }

  it('show all orders by status, what needs a human and since when, and what waits for a worker', async () => {
    const signed = await placed('signed');
    await site.api.see(signed, 'the SMS', smsSent);
    site.simulator.confirm('signed');
    await site.api.see(signed, 'the end', closed);
    site.simulator.faults.set('refused', 'send_sms', { kind: 'refuse', times: 1 });
    const refused = await placed('refused');
    const { attention } = await site.api.see(refused, 'the question', asksHuman);
    const since = Date.parse(attention?.since ?? '') / 1_000;
    const text = await seen(
      'the orders',
      ofOrders,
      /^orders\{merchant_id="merchant_1",status="confirmed"\} 1$/m,
      /^orders\{merchant_id="merchant_1",status="awaiting_customer"\} 1$/m,
      /^orders_attention\{merchant_id="merchant_1",reason="sms_not_sent"\} 1$/m,
      /^orders_placed_with_payload_key\{key="k1"\} 2$/m,
    );
    const value = (series: string) =>
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1];
    const oldest = 'orders_attention_oldest_timestamp_seconds{merchant_id="merchant_1",reason="sms_not_sent"}';
    assert.equal(Number(value(oldest)), since);
    assert.deepEqual(
      ['orders_past_deadline', 'orders_stuck', 'orders_paused', 'orders_attention_cut_short'].map(value),
      ['0', '0', '0', '0'],
    );
    assert.match(text, /^task_queue_backlog\{task_queue="part-payment-orders",tasks="activity"\} 0$/m);
    assert.deepEqual(canariesIn([text]), []);

    assert.equal((await site.api.act(refused, 'resolve', resolution('dismiss'))).status, 200);
    await until('nothing needs a human', async () => !(await ofOrders()).includes('orders_attention{'));
    const opened = site.worker.now
      .stdout()
      .split('\n')
      .filter((line) => line.includes('needs a human'));
    const lines = opened.map((line) => {
      const { msg, id, attention: reason, merchant_id } = JSON.parse(line) as Record<string, string>;
      return [msg, id, reason, merchant_id];
    });
    assert.deepEqual(lines, [
      ['needs a human', refused, 'sms_not_sent', 'merchant_1'],
      ['no longer needs a human', refused, 'sms_not_sent', 'merchant_1'],
    ]);
  });

  it('count orders that no worker takes, and those past their deadline', async () => {
    await site.worker.kill();
    const id = await placed('left alone');
    await seen(
      'the backlog',
      ofOrders,
      /^task_queue_backlog\{task_queue="part-payment-orders",tasks="workflow"\} [1-9]/m,
    );
    await site.worker.start();
    await site.api.see(id, 'the SMS', smsSent);
    assert.equal((await site.api.call(orderPath(id))).status, 200);
  });

  it('count calls to seQura by merchant, and a password that is not taken by itself', async () => {
    site.simulator.faults.set('no entry', 'create', { kind: 'refuse', status: 401, times: 1 });
    const id = await placed('no entry');
    await site.api.see(id, 'the end', closed);
    const text = await scrape(site.worker.now);
    assert.match(text, /^sequra_calls_total\{merchant_id="merchant_1",call="createOrder",outcome="unauthorized"\} 1$/m);
    assert.match(await scrape(site.api.now), /^api_webhook_duration_seconds_count\{outcome="signalled"\} 1$/m);
  });

  it('have what the SDK counts, under the names of Temporal’s dashboards', async () => {
    const id = await placed('for the SDK');
    await site.api.see(id, 'the SMS', smsSent);
    site.simulator.confirm('for the SDK');
    await site.api.see(id, 'the end', closed);
    await seen(
      'the names',
      () => scrape(site.worker.now),
      ...DASHBOARD.map((name) => new RegExp(`^${name}(\\{.*)? \\S+$`, 'm')),
      /^temporal_workflow_completed\{.*workflow_type="orderWorkflow"\} [1-9]/m,
    );
  });
});
