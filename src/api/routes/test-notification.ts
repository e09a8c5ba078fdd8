// POST /v1/notifications/test: a signed message to the merchant's endpoint, by which whoever has set it up sees that it is reached and verifies.
import { z } from 'zod';
import { text } from '../fields/fields.ts';
import { JSON_TYPES } from '../http/body.ts';
import { IDEMPOTENCY_KEY } from '../http/idempotency-key.ts';
import { Problem } from '../http/problem.ts';
import { keyedRoute } from '../route.ts';
import { REPLAYED, replayed, testSent } from '../schemas/answers.ts';

const MESSAGE = 'A test message is on its way';

const body = z
  .strictObject({ merchant_id: text(64).meta({ description: 'One of the key’s merchants.' }) })
  .meta({ examples: [{ merchant_id: 'merchant_1' }] });

export const testNotification = keyedRoute({
  name: 'testNotification',
  summary: 'Send a signed test message to the merchant’s endpoint',
  description:
    'Whoever sets up an endpoint for notifications sees that it is reached, and that it verifies. The message comes once, whatever the endpoint answers.',
  method: 'post',
  path: '/v1/notifications/test',
  scopes: ['orders:write'],
  request: {
    headers: IDEMPOTENCY_KEY,
    body: { types: JSON_TYPES, required: true, schema: () => body, merchantId: merchantIdOf },
  },
  produces: 'application/json',
  answers: {
    202: {
      means: 'It is sent next, once.',
      body: testSent,
      example: { message: MESSAGE, id: 'notify:test:merchant_1:5f3c1c9e-9c1f-4a55-8f3a-0f6c2c8f1d11' },
      headers: REPLAYED,
    },
  },
  problems: { action_not_allowed: {} },
  handler({ orders, merchants, limits }) {
    return async ({ body: { merchant_id: merchantId }, apiKey, key }) => {
      if (merchants.get(merchantId)?.notify == null)
        throw new Problem('action_not_allowed', 'The merchant has no endpoint for notifications (`notify`).');
      const { id, repeat } = await limits.placing(apiKey, () => orders.testNotification(merchantId, key));
      return { status: 202, body: { message: MESSAGE, id }, headers: replayed(repeat) };
    };
  },
});

function merchantIdOf(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, 'merchant_id')) return null;
  const { merchant_id: id } = json as { merchant_id: unknown };
  return typeof id === 'string' ? id : null;
}
