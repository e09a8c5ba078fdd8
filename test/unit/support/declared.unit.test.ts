// The check of every answer against its route's contract can fail.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { ORDER, ORDER_PATH } from '../../support/api-fixtures.ts';
import { getOrder } from '../../../src/api/routes/get-order.ts';
import { checkAnswer, watched } from '../../support/declared.ts';
import { undocumented } from '../../support/documented.ts';

type Given = { method?: string; path?: string; status?: number; headers?: Record<string, string>; body?: unknown };

const OF_EVERY_ANSWER = { 'request-id': '3f0e6f4c-7d4b-4a55-9a3e-2c1d7f1e9b10', 'cache-control': 'private, no-cache' };
const OF_ORDER = { ...OF_EVERY_ANSWER, 'content-type': 'application/json; charset=utf-8', etag: '"3"' };
const OF_STREAM = { ...OF_EVERY_ANSWER, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' };
const OF_PROBLEM = { ...OF_EVERY_ANSWER, 'content-type': 'application/problem+json' };
const NOT_FOUND = {
  type: 'urn:part-payment-orders:problem:order_not_found',
  title: 'There is no such order',
  status: 404,
  detail: 'No order has this id.',
  code: 'order_not_found',
};

function check({ method = 'GET', path = ORDER_PATH, status = 200, headers = OF_ORDER, body = ORDER }: Given): void {
  const header = (name: string) => headers[name.toLowerCase()] ?? null;
  checkAnswer({ method, path, status, header, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

/** What the document does not say of an answer to `GET /v1/orders/{id}`. */
function undocumentedOf({ method = 'GET', status = 200, headers = OF_ORDER, body = ORDER }: Given): string[] {
  const header = (name: string) => headers[name.toLowerCase()] ?? null;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return undocumented({ method, path: ORDER_PATH, status, header, body: text }, getOrder);
}

describe('an answer held against the document', () => {
  it('passes where that says so', () => {
    assert.deepEqual(undocumentedOf({}), []);
    assert.deepEqual(undocumentedOf({ method: 'HEAD', body: '' }), []);
    assert.deepEqual(undocumentedOf({ status: 304, headers: { ...OF_EVERY_ANSWER, etag: '"3"' }, body: '' }), []);
    assert.deepEqual(undocumentedOf({ status: 404, headers: OF_PROBLEM, body: NOT_FOUND }), []);
  });

  const OTHERS: [what: string, given: Given, says: string][] = [
    ['another status', { status: 202 }, 'the document has no answer 202'],
    [
      'another type',
      { headers: { ...OF_ORDER, 'content-type': 'text/html' } },
      'the document does not have the type text/html',
    ],
    ['a header too few', { headers: OF_PROBLEM }, 'the document requires the header ETag'],
    [
      'another header',
      { headers: { ...OF_ORDER, etag: 'W/"3"' } },
      'the document does not have the header ETag as W/"3"',
    ],
    [
      'a field too few',
      { body: { ...ORDER, revision: undefined } },
      "document:  must have required property 'revision'",
    ],
    ['a value', { body: { ...ORDER, status: 'lost' } }, 'document: /status must be equal to one of the allowed values'],
    [
      'a problem of others',
      { status: 404, headers: OF_PROBLEM, body: { ...NOT_FOUND, code: 'route_not_found' } },
      'document: it does not have route_not_found there',
    ],
    ['a body where there is none', { status: 304, headers: OF_ORDER }, 'the document has no body there'],
  ];
  for (const [what, given, says] of OTHERS) {
    it(`fails: ${what}`, () => assert.ok(undocumentedOf(given).includes(says), String(undocumentedOf(given))));
  }
});

describe('an answer', () => {
  const problem = { status: 404, headers: OF_PROBLEM, body: NOT_FOUND };
  const stream = { path: `${ORDER_PATH}/events`, headers: OF_STREAM };
  const event = (order: object, id = '3', name = 'order') =>
    `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(order)}\n\n`;

  it('passes where its route declares it', () => {
    check({});
    check({ path: `${ORDER_PATH}?wait=1` });
    check({ method: 'HEAD', body: '' });
    check({ status: 304, headers: { ...OF_EVERY_ANSWER, etag: '"3"' }, body: '' });
    check(problem);
    check({ ...stream, body: `:\nretry: 5\n\n${event(ORDER)}:\n\n${event(ORDER)}event: order\nid: 4\nda` });
    check({ ...stream, body: '' });
    check({ ...stream, method: 'HEAD', body: '' });
  });

  const WRONG: [what: string, given: Given, says: RegExp][] = [
    ['a status that is not declared', { status: 202 }, /202 is none of its answers/],
    ['a field too many', { body: { ...ORDER, nin: 'x' } }, /"nin"/],
    ['a field too few', { body: { ...ORDER, revision: undefined } }, /revision/],
    ['a value', { body: { ...ORDER, status: 'lost' } }, /status/],
    ['another type', { headers: { ...OF_ORDER, 'content-type': 'text/html' } }, /type text\/html/],
    ['a header too few', { headers: { ...OF_ORDER, etag: '' } }, /ETag/],
    ['a header too many', { headers: { ...OF_ORDER, location: '/v1/orders/a' } }, /Location is not declared/],
    [
      'an order in a problem that has none',
      { headers: OF_PROBLEM, status: 404, body: { ...NOT_FOUND, order: ORDER } },
      /order/,
    ],
    ['a problem of other routes', { ...problem, path: '/v1/orders' }, /order_not_found is none of its problems/],
    ['a problem with another status', { ...problem, status: 403 }, /another status/],
    ['a problem with another title', { ...problem, body: { ...NOT_FOUND, title: 'Gone' } }, /title/],
    ['an error that is no problem', { status: 500, body: 'oops' }, /no problem\+json/],
    ['a body where there is none', { method: 'HEAD' }, /it has a body/],
    ['a field too many in an event', { ...stream, body: event({ ...ORDER, nin: 'x' }) }, /"nin"/],
    ['an event of another name', { ...stream, body: event(ORDER, '3', 'news') }, /no event is called news/],
    ['an event with another id', { ...stream, body: event(ORDER, '4') }, /the id is 4/],
    ['an address without a route', { path: '/v1/nothing' }, /none of its answers/],
  ];
  for (const [what, given, says] of WRONG) {
    it(`fails: ${what}`, () => assert.throws(() => check(given), says));
  }

  it('is looked at in the app, whoever asks', async () => {
    const { listener, check } = watched((_req, res) => res.writeHead(200).end('{}'));
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${ORDER_PATH}`)).text();
    assert.throws(check, /not declare/);
    check();
    server.close();
  });
});
