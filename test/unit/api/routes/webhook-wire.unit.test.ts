// What stands between seQura and us, proxies and gateways, may write an address, a coding or a type in other ways: no confirmation is lost by it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, before, beforeEach, describe, it } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import type { Api } from '../../../support/api-fixtures.ts';
import { apiInFrontOf, ORDER, ordersOf } from '../../../support/api-fixtures.ts';
import { WEBHOOK_PATH, WEBHOOK_TOKEN } from '../../../support/canaries.ts';

const FORM = 'application/x-www-form-urlencoded';
const REFERENCE = 'María 1';
const HOOK = `event=order%2Fconfirmed&order_ref_1=${encodeURIComponent(REFERENCE)}`;

type Sent = { path?: string; headers?: Record<string, string>; body?: string | Buffer };

describe('a webhook on its way', () => {
  let api: Api;
  let taken: string[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  before(async () => {
    const webhook = (_merchantId: string, reference: string) => {
      taken.push(reference);
      return Promise.resolve('signalled' as const);
    };
    api = await apiInFrontOf(ordersOf(ORDER, { webhook }));
  });
  after(async () => {
    agent.destroy();
    await api[Symbol.asyncDispose]();
  });
  beforeEach(() => (taken = []));

  /** The path as it stands, which a client that tidies would not send. */
  async function send({
    path = WEBHOOK_PATH,
    headers = {},
    body = HOOK,
  }: Sent): Promise<{ status: number; code: unknown }> {
    const ofType = { 'content-type': FORM, 'content-length': Buffer.byteLength(body), ...headers };
    const sent = request({ port: api.port, host: '127.0.0.1', method: 'POST', path, agent, headers: ofType });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const { code } = (await json(answer)) as { code?: string };
    return { status: answer.statusCode ?? 0, code };
  }

  const isTaken = async (sent: Sent) => {
    taken = [];
    assert.deepEqual([await send(sent), taken], [{ status: 200, code: undefined }, [REFERENCE]]);
  };
  /** Refused with a problem, so that seQura repeats it, and nothing is handed on. */
  const isRefused = async (status: number, code: string, sent: Sent) => {
    taken = [];
    assert.deepEqual([await send(sent), taken], [{ status, code }, []]);
  };

  const slashes = (min: number) => fc.integer({ min, max: 5 }).map((times) => '/'.repeat(times));
  const query = fc.constantFrom('', '?', '?x=1', '?a//b', '?event=order/cancelled&order_ref_1=other');

  it('is taken with slashes too many, and whatever query', async () => {
    const path = fc.tuple(slashes(1), slashes(1), slashes(1), slashes(0), query);
    await fc.assert(
      fc.asyncProperty(path, ([first, second, third, behind, rest]) =>
        isTaken({ path: `${first}webhooks${second}sequra${third}${WEBHOOK_TOKEN}${behind}${rest}` }),
      ),
    );
  });

  it('is taken with a blank or a line end in its address, as it was pasted', async () => {
    for (const odd of ['%20', '%0A', '%0D%0A', '%09', '%20%20'])
      for (const path of [
        `${WEBHOOK_PATH}${odd}`,
        `${WEBHOOK_PATH}/${odd}`,
        `/webhooks/sequra/${odd}${WEBHOOK_TOKEN}`,
      ]) {
        const { status } = await send({ path });
        assert.equal(status, path === `${WEBHOOK_PATH}/${odd}` ? 404 : 200, path);
      }
  });

  it('is not found at any other address', async () => {
    const part = fc.stringMatching(/^[A-Za-z0-9._~-]{1,8}$/);
    const others = fc.oneof(
      fc.tuple(slashes(1), part).map(([between, more]) => `${WEBHOOK_PATH}${between}${more}`),
      part.map((more) => `/${more}${WEBHOOK_PATH}`),
      part.map((more) => `${WEBHOOK_PATH}${more}`),
      fc.constant(WEBHOOK_PATH.toUpperCase()),
      fc.constant(WEBHOOK_PATH.replaceAll('/', '%2F').replace('%2F', '/')),
      slashes(1),
      slashes(1).map((behind) => `/webhooks/sequra${behind}`),
    );
    await fc.assert(fc.asyncProperty(others, (path) => isRefused(404, 'route_not_found', { path })));
  });

  const CODERS: Record<string, ((bytes: Buffer) => Buffer)[]> = {
    gzip: [(bytes) => gzipSync(bytes)],
    'x-gzip': [(bytes) => gzipSync(bytes)],
    deflate: [(bytes) => deflateSync(bytes), (bytes) => deflateRawSync(bytes)],
    br: [(bytes) => brotliCompressSync(bytes)],
    zstd: [(bytes) => zstdCompressSync(bytes)],
  };
  const spelt = (name: string) => fc.constantFrom(name, name.toUpperCase(), ` ${name} `, `\t${name}`);
  const applied = fc.constantFrom(
    ...Object.entries(CODERS).flatMap(([name, coders]) => coders.map((code) => ({ name, code }))),
  );
  /** Names of what nobody has done to the body, charsets by mistake among them. */
  const idle = fc
    .oneof(
      fc.constantFrom(
        'identity',
        'none',
        'utf-8',
        'UTF8',
        'us-ascii',
        'iso-8859-1',
        'chunked',
        '',
        '*',
        'x',
        '"gzip"',
        'aws-chunked',
      ),
      fc.stringMatching(/^[a-z0-9-]{1,12}$/).filter((name) => !Object.hasOwn(CODERS, name)),
    )
    .map((name) => ({ name, code: (bytes: Buffer) => bytes }));

  it('is taken in every coding that we know, beside names that change nothing', async () => {
    const codings = fc
      .tuple(fc.array(applied, { maxLength: 2 }), fc.array(idle, { maxLength: 3 }))
      .chain(([real, names]) => fc.shuffledSubarray([...real, ...names], { minLength: real.length + names.length }))
      .chain((all) => fc.tuple(fc.constant(all), fc.tuple(...all.map(({ name }) => spelt(name)))));
    await fc.assert(
      fc.asyncProperty(codings, ([all, names]) => {
        const body = all.reduce<Buffer>((bytes, { code }) => code(bytes), Buffer.from(HOOK));
        return isTaken({ body, headers: { 'content-encoding': names.join(',') } });
      }),
    );
  });

  it('is taken where a coding is announced that it does not have', async () => {
    for (const coding of Object.keys(CODERS)) await isTaken({ headers: { 'content-encoding': coding } });
  });

  it('in a coding that nobody knows is refused as what it then is, so that seQura repeats it', async () => {
    const body = gzipSync(HOOK);
    for (const coding of ['compress', 'exi', ''])
      await isRefused(400, 'malformed_body', { body, headers: { 'content-encoding': coding } });
    const thrice = gzipSync(gzipSync(gzipSync(HOOK)));
    await isRefused(415, 'unsupported_media_type', {
      body: thrice,
      headers: { 'content-encoding': 'gzip, gzip, gzip' },
    });
  });

  it('that unpacks to more than its limit is refused at it', async () => {
    const body = gzipSync(`${HOOK}&x=${'y'.repeat(10_000_000)}`);
    assert.ok(body.length < 16 * 1024);
    await isRefused(413, 'body_too_large', { body, headers: { 'content-encoding': 'gzip' } });
  });

  const CHARSETS = ['utf-8', 'UTF8', 'us-ascii', 'iso-8859-1', 'latin1', 'windows-1252', 'utf-16', 'klingon', '', ' '];

  it('is taken whatever charset and parameters its type names, as its bytes are UTF-8', async () => {
    const charset = fc
      .tuple(fc.constantFrom(...CHARSETS), fc.constantFrom('', '"'))
      .map(([name, quote]) => quote + name + quote);
    const parameter = fc.oneof(
      charset.map((name) => `charset=${name}`),
      charset.map((name) => `; Charset = ${name}`),
      fc.constantFrom('boundary=x', 'charset', '=', ';', '"', 'a="b;c"', 'version=1, application/json'),
    );
    const type = fc
      .tuple(fc.constantFrom(FORM, FORM.toUpperCase(), ` ${FORM} `), fc.array(parameter, { maxLength: 4 }))
      .map(([name, parameters]) => [name, ...parameters].join(';'));
    const asJson = JSON.stringify({ event: 'order/confirmed', order_ref_1: REFERENCE });
    await fc.assert(
      fc.asyncProperty(type, fc.boolean(), (form, isJson) =>
        isJson
          ? isTaken({ body: asJson, headers: { 'content-type': form.replace(/x-www-form-urlencoded/i, 'json') } })
          : isTaken({ headers: { 'content-type': form } }),
      ),
    );
  });

  it('whose reference is not UTF-8 is refused, whatever charset says that it need not be', async () => {
    const body = Buffer.from('event=order/confirmed&order_ref_1=Mar\u00EDa', 'latin1');
    for (const charset of CHARSETS)
      await isRefused(400, 'malformed_body', { body, headers: { 'content-type': `${FORM}; charset=${charset}` } });
  });

  it('of a type that we do not read is refused', async () => {
    for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/xml', 'form', ';', `x,${FORM}`])
      await isRefused(415, 'unsupported_media_type', { headers: { 'content-type': type } });
  });
});
