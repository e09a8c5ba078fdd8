// Logs which payloads this process cannot read, by order and key; the orders of one merchant cannot fill the log.
import { Counter } from '@prometheus-io/client';
import type { Registry } from '@prometheus-io/client';
import { parseOrderId } from '../order/ids.ts';
import type { UnreadablePayload } from '../temporal/codec.ts';
import type { Logger } from './log.ts';

const WINDOW_MS = 60_000;
/** Enough to see which key it is; the counter knows how many there are. */
const LINES_PER_MERCHANT = 5;
const LINES = 50;

/** Counts each, and logs a few a minute. Workflow and key are as Temporal has them: they have no personal data. */
export function unreadableWatch(
  registry: Registry,
  log: Pick<Logger, 'warn'>,
  now: () => number = Date.now,
): (what: UnreadablePayload) => void {
  const payloads = new Counter({
    name: 'payloads_unreadable_total',
    help: 'Payloads that no key of this process opens, that were changed, or that belong to another workflow',
    labelNames: ['reason'],
    registers: [registry],
  });
  const lines = new Map<string, number>();
  let endsAt = 0;
  let written = 0;
  let leftOut = 0;
  return ({ reason, keyId, workflowId }) => {
    payloads.inc({ reason });
    if (now() >= endsAt) {
      endsAt = now() + WINDOW_MS;
      written = 0;
      lines.clear();
    }
    const merchant = parseOrderId(workflowId ?? '')?.merchantId ?? '';
    const ofMerchant = lines.get(merchant) ?? 0;
    if (ofMerchant >= LINES_PER_MERCHANT || written >= LINES) {
      leftOut += 1;
      return;
    }
    lines.set(merchant, ofMerchant + 1);
    written += 1;
    const since = leftOut === 0 ? {} : { left_out: leftOut };
    leftOut = 0;
    log.warn({ id: workflowId, key_id: keyId, reason, ...since }, 'a payload cannot be read');
  };
}
