// What the Temporal SDK counts in this process, among our own metrics: under its own names, in its own units, as Temporal's dashboards expect.
import type { Registry } from '@prometheus-io/client';
import { Counter, Gauge, Histogram } from '@prometheus-io/client';
import type { BufferedMetricUpdate, MetricsBuffer } from '@temporalio/worker';

/** The buffer holds what comes in between: at a hundred orders a second some 6,000 updates. */
const TAKE_EVERY_MS = 1_000;

/** Other labels are left out: a metric has to name its labels before its first value. */
const LABELS = [
  'namespace',
  'task_queue',
  'operation',
  'status_code',
  'worker_type',
  'poller_type',
  'workflow_type',
  'activity_type',
  'failure_reason',
] as const;
type Labels = Partial<Record<(typeof LABELS)[number], string>>;

const MILLISECONDS = [1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000];
/** An order lives for days. */
const WORKFLOW_MILLISECONDS = [1_000, 10_000, 60_000, 600_000, 3_600_000, 21_600_000, 86_400_000, 604_800_000];

/** Takes what has been counted, again and again, until the function that it returns is called. */
export function registerSdkMetrics(registry: Registry, buffer: MetricsBuffer): () => void {
  const known = new Map<string, Recorder>();
  /** The SDK uses the same object again for the same attributes, mostly. */
  const labels = new WeakMap<object, Labels>();

  function take({ metric, value, attributes }: BufferedMetricUpdate): void {
    const record = known.get(metric.name) ?? recorder(registry, metric);
    known.set(metric.name, record);
    const its = labels.get(attributes) ?? labelsOf(attributes);
    labels.set(attributes, its);
    record(value, its);
  }

  const timer = setInterval(() => {
    for (const update of buffer.retrieveUpdates()) take(update);
  }, TAKE_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

type Recorder = (value: number, labels: Labels) => void;
type Metric = BufferedMetricUpdate['metric'];
type What = { name: string; help: string; labelNames: typeof LABELS; registers: [Registry] };

const RECORDERS: Record<Metric['kind'], (what: What) => Recorder> = {
  counter(what) {
    const counter = new Counter(what);
    return (value, labels) => counter.inc(labels, value);
  },
  histogram(what) {
    const buckets = what.name.endsWith('_workflow_endtoend_latency') ? WORKFLOW_MILLISECONDS : MILLISECONDS;
    const histogram = new Histogram({ ...what, buckets });
    return (value, labels) => histogram.observe(labels, value);
  },
  gauge(what) {
    const gauge = new Gauge(what);
    return (value, labels) => gauge.set(labels, value);
  },
  'up-down-counter'(what) {
    const gauge = new Gauge(what);
    return (value, labels) => gauge.inc(labels, value);
  },
};

function recorder(registry: Registry, { name, kind, description }: Metric): Recorder {
  return RECORDERS[kind]({ name, help: description ?? name, labelNames: LABELS, registers: [registry] });
}

function labelsOf(attributes: BufferedMetricUpdate['attributes']): Labels {
  return Object.fromEntries(
    LABELS.flatMap((label) => (attributes[label] === undefined ? [] : [[label, String(attributes[label])]])),
  );
}
