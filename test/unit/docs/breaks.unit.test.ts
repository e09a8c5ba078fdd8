// What counts as a break of a released document, and what does not.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { breaks } from '../../../scripts/breaks.ts';

const TEXT = { type: 'string', maxLength: 64 };

const order = {
  type: 'object',
  properties: {
    id: TEXT,
    status: { type: 'string', enum: ['open', 'closed'] },
    reason: { type: 'string', enum: ['late'], 'x-may-grow': true },
    total: { type: 'integer', minimum: 0, maximum: 100, format: 'int32' },
    failure: { anyOf: [{ $ref: '#/components/schemas/Failure' }, { type: 'null' }] },
    timeline: { type: 'array', maxItems: 10, items: { type: 'object', properties: { at: TEXT }, required: ['at'] } },
    old: { type: 'string', deprecated: true },
  },
  required: ['id', 'status', 'old'],
};
const Order = { $ref: '#/components/schemas/Order' };
const ETag = { required: true, schema: TEXT };

const RELEASED = {
  paths: {
    '/orders/{id}': {
      post: {
        operationId: 'change',
        security: [{ key: ['write'] }, { key: ['ops'] }],
        parameters: [
          { name: 'id', in: 'path', required: true, schema: TEXT },
          { name: 'wait', in: 'query', required: false, schema: { type: 'integer', minimum: 1, maximum: 60 } },
        ],
        requestBody: {
          required: false,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: { phone: { ...TEXT, pattern: '^a' }, note: TEXT },
                required: ['phone', 'note'],
                additionalProperties: false,
              },
            },
          },
        },
        responses: {
          200: { headers: { ETag }, content: { 'application/json': { schema: Order } } },
          404: { content: { 'application/problem+json': { schema: { type: 'object' } } } },
        },
      },
    },
    '/old': { get: { operationId: 'old', deprecated: true, responses: {} } },
  },
  webhooks: {
    updated: {
      post: {
        operationId: 'updated',
        parameters: [{ name: 'signature', in: 'header', required: true, schema: TEXT }],
        requestBody: { required: true, content: { 'application/json': { schema: Order } } },
        responses: {},
      },
    },
  },
  components: {
    schemas: { Order: order, Failure: { type: 'object', properties: { code: TEXT }, required: ['code'] } },
  },
};
type Released = typeof RELEASED;

function after(change: (document: Released) => unknown): string[] {
  const present = structuredClone(RELEASED);
  change(present);
  return breaks(RELEASED, present);
}

const operation = ({ paths }: Released) => paths['/orders/{id}'].post;
const sent = (document: Released) => operation(document).requestBody.content['application/json'].schema;
const shown = ({ components }: Released) => components.schemas.Order;
const remove = (from: object, name: string) => Reflect.deleteProperty(from, name);

const BREAKS: [what: string, change: (document: Released) => unknown, says: string[]][] = [
  ['an operation is gone', ({ paths }) => remove(paths, '/orders/{id}'), ['POST /orders/{id} is gone']],
  [
    'another name',
    (document) => (operation(document).operationId = 'alter'),
    ['POST /orders/{id} has another operationId'],
  ],
  [
    'a scope is not enough any more',
    (document) => operation(document).security.pop(),
    ['POST /orders/{id} is refused to {"key":["ops"]}'],
  ],
  [
    'a parameter is gone',
    (document) => operation(document).parameters.pop(),
    ['POST /orders/{id} does not take query wait'],
  ],
  [
    'a parameter is required',
    (document) =>
      (operation(document).parameters[1] = { ...operation(document).parameters[1], required: true } as never),
    ['POST /orders/{id} requires query wait'],
  ],
  [
    'a new parameter is required',
    (document) => operation(document).parameters.push({ name: 'key', in: 'header', required: true, schema: TEXT }),
    ['POST /orders/{id} requires header key'],
  ],
  [
    'a parameter is bounded more closely',
    (document) =>
      (operation(document).parameters[1] = {
        name: 'wait',
        in: 'query',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: 30 } as never,
      }),
    ['POST /orders/{id} query wait is beyond `maximum`'],
  ],
  [
    'a body is required',
    (document) => (operation(document).requestBody.required = true),
    ['POST /orders/{id} requires a body'],
  ],
  [
    'a body is of another type',
    (document) => (operation(document).requestBody.content = { 'text/plain': { schema: {} } } as never),
    ['POST /orders/{id} body is application/json'],
  ],
  [
    'a field is not taken',
    (document) => remove(sent(document).properties, 'note'),
    ['POST /orders/{id} body/note is not known'],
  ],
  [
    'a new field is required',
    (document) => (Object.assign(sent(document).properties, { city: TEXT }), sent(document).required.push('city')),
    ['POST /orders/{id} body/city may be missing'],
  ],
  [
    'a field has another pattern',
    (document) => (sent(document).properties.phone.pattern = '^b'),
    ['POST /orders/{id} body/phone has another `pattern`'],
  ],
  [
    'a field is shorter',
    (document) => (sent(document).properties.note = { type: 'string', maxLength: 10 }),
    ['POST /orders/{id} body/note is beyond `maxLength`'],
  ],
  [
    'a success of another status',
    (document) => Object.assign(operation(document).responses, { 202: {} }),
    ['POST /orders/{id} is answered 202'],
  ],
  [
    'a header is gone',
    (document) => remove(operation(document).responses[200].headers, 'ETag'),
    ['POST /orders/{id} 200 comes without the header ETag'],
  ],
  [
    'a header comes sometimes',
    (document) => (operation(document).responses[200].headers.ETag = { ...ETag, required: false }),
    ['POST /orders/{id} 200 comes without the header ETag'],
  ],
  [
    'an answer of another type',
    (document) => (operation(document).responses[200].content = { 'text/plain': {} } as never),
    ['POST /orders/{id} 200 is text/plain'],
  ],
  [
    'a field of an answer is gone',
    (document) => remove(shown(document).properties, 'total'),
    ['POST /orders/{id} 200/total is gone', 'POST updated body/total is gone'],
  ],
  [
    'a field of an answer may be missing',
    (document) => shown(document).required.shift(),
    ['POST /orders/{id} 200/id may be missing', 'POST updated body/id may be missing'],
  ],
  [
    'a word more',
    (document) => shown(document).properties.status.enum.push('lost'),
    ['POST /orders/{id} 200/status is "lost"', 'POST updated body/status is "lost"'],
  ],
  [
    'a larger number',
    (document) => (shown(document).properties.total = { type: 'integer', minimum: 0, maximum: 1e12, format: 'int64' }),
    [
      'POST /orders/{id} 200/total is beyond `maximum`',
      'POST /orders/{id} 200/total has another `format`',
      'POST updated body/total is beyond `maximum`',
      'POST updated body/total has another `format`',
    ],
  ],
  [
    'another type',
    (document) => (shown(document).properties.id = { type: 'integer' } as never),
    ['POST /orders/{id} 200/id is of type integer', 'POST updated body/id is of type integer'],
  ],
  [
    'what was never null may be null',
    (document) => (shown(document).properties.id = { anyOf: [TEXT, { type: 'null' }] } as never),
    ['POST /orders/{id} 200/id is of type null', 'POST updated body/id is of type null'],
  ],
  [
    'something deep inside, behind a reference',
    ({ components }) => components.schemas.Failure.required.pop(),
    ['POST /orders/{id} 200/failure/code may be missing', 'POST updated body/failure/code may be missing'],
  ],
  [
    'something of a list',
    (document) => shown(document).properties.timeline.items.required.pop(),
    ['POST /orders/{id} 200/timeline/*/at may be missing', 'POST updated body/timeline/*/at may be missing'],
  ],
  ['a notification is gone', ({ webhooks }) => remove(webhooks, 'updated'), ['POST updated is gone']],
  [
    'a notification is not signed',
    ({ webhooks }) => webhooks.updated.post.parameters.pop(),
    ['POST updated comes without header signature'],
  ],
];

const FINE: [what: string, change: (document: Released) => unknown][] = [
  ['nothing', () => {}],
  ['a new operation', ({ paths }) => Object.assign(paths, { '/new': { get: { operationId: 'new', responses: {} } } })],
  ['what was deprecated is gone', ({ paths }) => remove(paths, '/old')],
  ['one more scope is enough', (document) => operation(document).security.push({ key: ['read'] })],
  ['no key is needed', (document) => (operation(document).security = [])],
  [
    'a parameter more that may be left out',
    (document) => operation(document).parameters.push({ name: 'key', in: 'header', required: false, schema: TEXT }),
  ],
  ['a field more that may be left out', (document) => Object.assign(sent(document).properties, { city: TEXT })],
  ['a field that may be left out', (document) => sent(document).required.pop()],
  ['a field may be longer', (document) => (sent(document).properties.note = { type: 'string', maxLength: 200 })],
  [
    'a field may be null',
    (document) => (sent(document).properties.note = { anyOf: [TEXT, { type: 'null' }] } as never),
  ],
  ['a problem more', (document) => Object.assign(operation(document).responses, { 429: {} })],
  [
    'a header more',
    (document) =>
      Object.assign(operation(document).responses[200].headers, { Location: { required: true, schema: TEXT } }),
  ],
  ['a field more in an answer', (document) => Object.assign(shown(document).properties, { city: TEXT })],
  [
    'a deprecated field is gone',
    (document) => (remove(shown(document).properties, 'old'), shown(document).required.pop()),
  ],
  ['a field of an answer is always there', (document) => shown(document).required.push('reason')],
  ['a word less', (document) => shown(document).properties.status.enum.pop()],
  ['a word more where they may grow', (document) => shown(document).properties.reason.enum.push('lost')],
  ['other words for people', (document) => Object.assign(shown(document), { description: 'An order.' })],
  ['what could be null never is', (document) => (shown(document).properties.failure.anyOf.pop(), null)],
];

describe('a released document is broken', () => {
  for (const [what, change, says] of BREAKS) it(`where ${what}`, () => assert.deepEqual(after(change), says));
});

describe('a released document is not broken', () => {
  for (const [what, change] of FINE) it(`by ${what}`, () => assert.deepEqual(after(change), []));
});
