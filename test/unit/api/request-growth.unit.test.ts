// Whatever a caller writes into a request is read in linear time, over a socket: what Node and Express do with it included.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { EXAMPLE_REQUEST } from '../../../src/order/example.ts';
import type { Api } from '../../support/api-fixtures.ts';
import { apiInFrontOf, ORDER, ORDER_PATH, ordersOf } from '../../support/api-fixtures.ts';
import { API_KEY, WEBHOOK_TOKEN } from '../../support/canaries.ts';
import { growth, isLinear, WORST } from '../../support/growth.ts';

describe('the time of requests', () => {
  let api: Api;
  before(async () => (api = await apiInFrontOf(ordersOf(ORDER))));
  after(() => api[Symbol.asyncDispose]());

  /** Several on one connection, so that what is measured is more than the way there. */
  const AT_ONCE = 3;
  async function ask(head: string, content = ''): Promise<void> {
    const socket = connect(api.port, '127.0.0.1');
    const end = `Content-Length: ${Buffer.byteLength(content)}\r\n`;
    socket.write(`${head}${end}\r\n${content}`.repeat(AT_ONCE - 1));
    socket.write(`${head}${end}Connection: close\r\n\r\n${content}`);
    socket.resume();
    await once(socket, 'close');
  }

  /** Together with everything else still below the 16 KB that headers may have. */
  const LONGEST = 15 * 1024;
  const KEY = `Authorization: Bearer ${API_KEY}\r\n`;
  const GET = `GET ${ORDER_PATH}?wait=1 HTTP/1.1\r\nHost: x\r\n`;
  const POST = `POST /v1/orders HTTP/1.1\r\nHost: x\r\n${KEY}`;
  // A header may hold neither line ends nor what is not Latin; the ends are blanks to Node.
  const inHeader = (text: string) => text.replaceAll(/[^\t\x20-\x7e]/g, 'e');
  const inPath = (text: string) => text.replaceAll(/[^\x21-\x7e]|[?#]/g, 'e');
  const REQUESTS: Record<string, (text: string) => Promise<void>> = {
    'in the header If-None-Match': (text) => ask(`${GET}${KEY}If-None-Match: ${inHeader(text)}\r\n`),
    'in the header Accept': (text) => ask(`${GET}${KEY}Accept: ${inHeader(text)}\r\n`),
    'in the header Authorization': (text) => ask(`${GET}Authorization: ${inHeader(text)}\r\n`),
    'in the header Cookie': (text) => ask(`${GET}${KEY}Cookie: ${inHeader(text)}\r\n`),
    'in the header Last-Event-ID': (text) => ask(`${GET}${KEY}Last-Event-ID: ${inHeader(text)}\r\n`),
    'in the header Request-Id': (text) => ask(`${GET}${KEY}Request-Id: ${inHeader(text)}\r\n`),
    'in the header Prefer': (text) =>
      ask(`${POST}Content-Type: application/json\r\nPrefer: ${inHeader(text)}\r\n`, JSON.stringify(EXAMPLE_REQUEST)),
    'in the header Content-Type': (text) => ask(`${POST}Content-Type: ${inHeader(text)}\r\n`, '{}'),
    'in the header Content-Encoding': (text) =>
      ask(`${POST}Content-Type: application/json\r\nContent-Encoding: ${inHeader(text)}\r\n`, '{}'),
    'in the header Host': (text) => ask(`GET / HTTP/1.1\r\nHost: ${inHeader(text)}\r\n`),
    'in the type of a webhook': (text) =>
      ask(
        `POST /webhooks/sequra/${WEBHOOK_TOKEN} HTTP/1.1\r\nContent-Type: ${inHeader(text)}\r\n`,
        'event=x&order_ref_1=a',
      ),
    'in many headers': (text) => ask(`${GET}${KEY}${'a:\r\n'.repeat(text.length / 5)}`),
    'in the path': (text) => ask(`GET /v1/orders/${inPath(text)} HTTP/1.1\r\nHost: x\r\n${KEY}`),
    'behind the path': (text) => ask(`POST ${ORDER_PATH}/${inPath(text)} HTTP/1.1\r\nHost: x\r\n${KEY}`),
    'in the path of a webhook': (text) => ask(`POST /webhooks/${inPath(text)} HTTP/1.1\r\nHost: x\r\n`),
    'in the query of a read': (text) => ask(`GET ${ORDER_PATH}?wait=${inPath(text)} HTTP/1.1\r\nHost: x\r\n${KEY}`),
    ...Object.fromEntries(
      ['merchant_id', 'reference', 'status', 'attention', 'limit', 'cursor', 'x'].map((name) => [
        `in the parameter ${name}`,
        (text: string) => ask(`GET /v1/orders?${name}=${inPath(text)} HTTP/1.1\r\nHost: x\r\n${KEY}`),
      ]),
    ),
  };
  for (const [where, request] of Object.entries(REQUESTS)) {
    it(`grows as what is written ${where}`, async () => {
      for (const [input, write] of Object.entries(WORST)) {
        const found = await growth((length) => request(write(length)), LONGEST, LONGEST);
        assert.ok(isLinear(found), `${input}: ${found.toFixed(1)} times for eight times the length`);
      }
    });
  }
});
