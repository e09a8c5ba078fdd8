// POST /webhooks/sequra/{token}: takes what seQura tells us, and loses nothing that could be a confirmation (http-api.md, section 6).
import type { RequestHandler } from 'express';
import { orderWorkflowId } from '../../order/ids.ts';
import { eventKind } from '../../order/webhook.ts';
import { readBytes } from '../http/body.ts';
import { Problem } from '../http/problem.ts';
import type { Context } from '../route.ts';
import { readWebhook, WEBHOOK_TYPES, webhookType } from '../schemas/webhook-body.ts';

const MAX_WEBHOOK_BYTES = 16 * 1024;

export function sequraWebhook({ orders, metrics }: Context): RequestHandler {
  return async (req, res) => {
    const { merchant } = res.locals;
    if (merchant === undefined) {
      res.locals.wrongSecret = true;
      throw new Problem('route_not_found', 'No route has this address.');
    }
    const type = webhookType(req.headers['content-type']);
    if (type === null) {
      throw new Problem('unsupported_media_type', `Expected one of: ${[...WEBHOOK_TYPES.keys()].join(', ')}.`);
    }
    const read = readWebhook(await readBytes(req, res, { maxBytes: MAX_WEBHOOK_BYTES, lenient: true }), type);
    if ('fault' in read) throw new Problem('malformed_body', read.fault);

    const kind = eventKind(read.eventName, merchant.eventNames);
    if (kind === 'reject') {
      metrics?.webhookEnded(merchant.id, 'not_wanted');
      throw new Problem('event_not_supported', 'Events of this name are never wanted.');
    }
    const taken = await orders.webhook(merchant.id, read.reference, { ...read.webhook, kind });
    if (taken !== 'unmatched') res.locals.orderId = orderWorkflowId(merchant.id, read.reference);
    metrics?.webhookEnded(merchant.id, taken);
    res.json({ received: true });
  };
}
