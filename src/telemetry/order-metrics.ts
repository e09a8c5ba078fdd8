// Gauges over all orders, for one place to scrape: they are counted when somebody asks, and not by every process.
import { Gauge, Registry } from '@prometheus-io/client';
import type { OrderCounts } from '../gateway/count-orders.ts';
import type { Logger } from './log.ts';
import { errorName } from './log.ts';

/** Scrapes that come sooner get what was counted last. */
const COUNT_EVERY_MS = 10_000;

export type OrderMetrics = {
  contentType: string;
  /** Resolves when the counts are young enough, or could not be counted anew. */
  fresh: () => Promise<void>;
  /** As Prometheus reads it. After a count that failed, the values are those of the last one, whose time is among them. */
  text: () => Promise<string>;
};

export function orderMetrics(counted: () => Promise<OrderCounts>, log: Logger): OrderMetrics {
  const registry = new Registry();
  const show = orderGauges(registry);
  let counting: Promise<void> | null = null;
  let countedAtMs = -Infinity;

  async function countNow(): Promise<void> {
    try {
      show(await counted());
    } catch (error) {
      log.warn({ error: errorName(error) }, 'could not count the orders');
    } finally {
      countedAtMs = performance.now();
      counting = null;
    }
  }

  return {
    contentType: registry.contentType,
    async fresh() {
      if (performance.now() - countedAtMs > COUNT_EVERY_MS) await (counting ??= countNow());
    },
    text: () => registry.metrics(),
  };
}

function orderGauges(registry: Registry): (counts: OrderCounts) => void {
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge<Label>({ name, help, labelNames, registers: [registry] });
  const statuses = gauge('orders', 'Orders that Temporal keeps, by their status', 'merchant_id', 'status');
  const attentions = gauge('orders_attention', 'Orders that need a human, by why', 'merchant_id', 'reason');
  const oldest = gauge(
    'orders_attention_oldest_timestamp_seconds',
    'Since when the oldest of these needs a human, in Unix time',
    'merchant_id',
    'reason',
  );
  const cutShort = gauge('orders_attention_cut_short', 'Whether more orders need a human than were read: 1 or 0');
  const late = gauge('orders_past_deadline', 'Open orders whose deadline passed five minutes ago or more');
  const stuck = gauge('orders_stuck', 'Orders whose workflow no worker can carry on');
  const paused = gauge('orders_paused', 'Orders whose workflow is paused in Temporal: nothing carries them on');
  const placed = gauge(
    'orders_placed_with_payload_key',
    'Orders that Temporal keeps, by the payload key with which they were placed: none needs an older one',
    'key',
  );
  const backlog = gauge('task_queue_backlog', 'Tasks that wait for a worker, about', 'task_queue', 'tasks');
  const age = gauge('task_queue_backlog_age_seconds', 'How long the oldest of these waits', 'task_queue', 'tasks');
  const at = gauge('orders_counted_timestamp_seconds', 'When all of this was counted, in Unix time');

  return (counts) => {
    // Merchants and keys may be others than at the last count.
    statuses.reset();
    placed.reset();
    for (const { merchantId, status, orders } of counts.statuses)
      statuses.set({ merchant_id: merchantId, status }, orders);
    attentions.reset();
    oldest.reset();
    for (const { merchantId, reason, orders, oldest: since } of counts.attentions) {
      attentions.set({ merchant_id: merchantId, reason }, orders);
      oldest.set({ merchant_id: merchantId, reason }, since.getTime() / 1_000);
    }
    cutShort.set(counts.attentionsCutShort ? 1 : 0);
    late.set(counts.pastDeadline);
    stuck.set(counts.stuck);
    paused.set(counts.paused);
    for (const { keyId, orders } of counts.placedWith) placed.set({ key: keyId ?? '' }, orders);
    for (const { taskQueue, tasks, count, ageSeconds } of counts.backlogs) {
      backlog.set({ task_queue: taskQueue, tasks }, count);
      age.set({ task_queue: taskQueue, tasks }, ageSeconds);
    }
    at.setToCurrentTime();
  };
}
