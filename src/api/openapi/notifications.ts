// The webhooks of the document: our notifications to merchants' endpoints.
import { z } from 'zod';
import { EXAMPLE_ORDERS } from '../../order/example.ts';
import { notification, testNotification } from '../schemas/notification.ts';
import { jsonSchema } from './json-schema.ts';
import type { Components, Json } from './operation.ts';
import { parameters } from './operation.ts';

/** The headers of Standard Webhooks 1.0. */
const HEADERS = {
  'webhook-id': z
    .string()
    .max(64)
    .regex(/^msg_[A-Za-z0-9_-]+$/)
    .meta({ description: 'The same at each repeat.', examples: ['msg_1Vv9ILnzYfZ1L719jo8oQOfzCJECkegA'] }),
  'webhook-timestamp': z
    .string()
    .max(12)
    .regex(/^\d+$/)
    .meta({
      description: 'Seconds since 1970; refuse one that is more than five minutes away.',
      examples: ['1795500748'],
    }),
  'webhook-signature': z
    .string()
    .max(100)
    .regex(/^v1,[A-Za-z0-9+/=]+$/)
    .meta({
      description:
        '`v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with the bytes that the base64 behind `whsec_` stands for.',
      examples: ['v1,vUSd/cv1E0hbPcb2Pyz12ybxv9lb9Mh9Av6v3X2OeV0='],
    }),
};

export function notifications(components: Components): Json {
  return {
    orderUpdated: {
      post: {
        operationId: 'orderUpdated',
        tags: ['webhooks'],
        summary: 'An order has another status or another attention',
        description: `Posted to the endpoint of the order's merchant, where there is one, and signed as [Standard Webhooks](https://www.standardwebhooks.com) 1.0 says: verify the bytes as they came, before anything parses them.

It may come twice, and out of order: keep the highest \`data.revision\` of each order, and ignore what is not higher. It can fail to come: read the order before goods are handed over. Redirects are not followed.`,
        parameters: parameters('header', HEADERS, components),
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: jsonSchema(notification, 'output', components.schemas),
              example: {
                type: 'order.updated',
                timestamp: EXAMPLE_ORDERS.confirmed.closed_at,
                data: EXAMPLE_ORDERS.confirmed,
              },
            },
          },
        },
        responses: {
          '2XX': { description: 'Taken. Answer within 15 seconds, and work afterwards.' },
          '410': { description: 'Not wanted: this one does not come again.' },
          default: { description: 'Not taken. It comes again after 5 seconds, then at growing gaps, for 72 hours.' },
        },
      },
    },
    test: {
      post: {
        operationId: 'test',
        tags: ['webhooks'],
        summary: 'A test message',
        description:
          'Asked for with `POST /v1/notifications/test`, and signed as any other: who sets an endpoint up sees that it is reached, and that it verifies. It comes once.',
        parameters: parameters('header', HEADERS, components),
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: jsonSchema(testNotification, 'output', components.schemas),
              example: {
                type: 'test',
                timestamp: EXAMPLE_ORDERS.confirmed.closed_at,
                data: { merchant_id: EXAMPLE_ORDERS.confirmed.merchant_id },
              },
            },
          },
        },
        responses: {
          '2XX': { description: 'Taken.' },
          default: { description: 'Not taken. It does not come again.' },
        },
      },
    },
  };
}
