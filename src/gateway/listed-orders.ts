// The orders in the memos of runs that are listed. Who looks at lists looks at the same orders again and again: what was decrypted last is kept, and is
// taken again where not a byte of what is encrypted has changed.
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { Order } from '../order/order.ts';
import { decodeArgument } from '../temporal/decode-payloads.ts';
import { publishedBy } from './own-runs.ts';

type RawInfo = temporal.api.workflow.v1.IWorkflowExecutionInfo;

/** Some thirty pages; an order takes some 5 KiB. */
const KEPT = 1_500;

/** Null where the run is not the order's own. Throws `PayloadUnreadableError`. */
export function listedOrders(client: Client): (raw: RawInfo) => Promise<Order | null> {
  const kept = new Map<string, { sealed: Buffer; order: Order | null }>();
  return async (raw) => {
    const workflowId = raw.execution?.workflowId ?? '';
    const payload = raw.memo?.fields?.['order'];
    const sealed = Buffer.from(payload?.data ?? []);
    const last = kept.get(workflowId);
    kept.delete(workflowId);
    if (last?.sealed.equals(sealed) === true) {
      kept.set(workflowId, last);
      return last.order;
    }
    const memo = { order: await decodeArgument(client, workflowId, payload == null ? [] : [payload]) };
    const order = publishedBy({ type: raw.type?.name ?? '', workflowId, memo });
    kept.set(workflowId, { sealed, order });
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return order;
  };
}
