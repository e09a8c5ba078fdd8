// POST /webhooks/sequra/{token}: takes what seQura tells us, and loses nothing that could be a confirmation (http-api.md, section 6).
import { z } from 'zod';
import { orderWorkflowId } from '../../order/ids.ts';
import { eventKind } from '../../order/webhook.ts';
import { readBytes } from '../http/body.ts';
import { Problem } from '../http/problem.ts';
import { openRoute } from '../route.ts';
import { webhookReceipt } from '../schemas/answers.ts';
import { MAX_WEBHOOK_BYTES, readWebhook, WEBHOOK_TYPES, webhookBody, webhookType } from '../schemas/webhook-body.ts';

const TYPES = [...WEBHOOK_TYPES.keys()];

export const sequraWebhook = openRoute({
  name: 'sequraWebhook',
  summary: 'An event of seQura’s',
  description: `For seQura alone: your system neither receives nor sends these. The token at the end of the address names the merchant. An event that is taken is answered 200 once it is recorded, and so is its repeat; one that is never wanted 501, after which seQura does not repeat it; anything else it repeats.

Only \`event\` and \`order_ref_1\` are needed. No other field, however broken, loses an event.`,
  method: 'post',
  path: '/webhooks/sequra/:token',
  request: {
    params: {
      token: z
        .string()
        .regex(/^[^/\s]+$/)
        .max(1_000)
        .meta({ description: 'A secret, which names the merchant.', examples: ['the-token-of-a-merchant'] }),
    },
    body: { types: TYPES, required: true, schema: () => webhookBody },
  },
  produces: 'application/json',
  answers: { 200: { means: 'Recorded.', body: webhookReceipt, example: { received: true } } },
  problems: {
    route_not_found: {},
    unsupported_media_type: {},
    malformed_body: {},
    event_not_supported: {},
    temporal_unavailable: {},
  },
  handler({ orders, metrics }) {
    return async (req, res) => {
      const startedAtMs = performance.now();
      const seconds = () => (performance.now() - startedAtMs) / 1_000;
      // Found by its token in `identifyCaller`.
      const { merchant } = res.locals;
      if (merchant === undefined) {
        res.locals.wrongSecret = true;
        throw new Problem('route_not_found', 'No route has this address.');
      }
      const type = webhookType(req.headers['content-type']);
      if (type === null) throw new Problem('unsupported_media_type', `Expected one of: ${TYPES.join(', ')}.`);
      const read = readWebhook(await readBytes(req, res, { maxBytes: MAX_WEBHOOK_BYTES, lenient: true }), type);
      if ('mistake' in read) throw new Problem('malformed_body', read.mistake);

      const kind = eventKind(read.eventName, merchant.eventNames);
      if (kind === 'reject') {
        metrics?.webhookEnded(merchant.id, 'not_wanted', seconds());
        throw new Problem('event_not_supported', 'Events of this name are never wanted.');
      }
      const taken = await orders.webhook(merchant.id, read.reference, { ...read.webhook, kind });
      if (taken !== 'unmatched') res.locals.orderId = orderWorkflowId(merchant.id, read.reference);
      metrics?.webhookEnded(merchant.id, taken, seconds());
      return { status: 200, body: { received: true } };
    };
  },
});
