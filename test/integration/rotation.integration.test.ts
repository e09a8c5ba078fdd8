// Every secret is rotated while orders are placed and signed, by writing its file: no process is restarted, no order and no webhook fails.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { PayloadKey } from '../../src/config/model.ts';
import { API_KEY, PASSWORD, PAYLOAD_KEYS, payloadKeysSetting, WEBHOOK_TOKEN } from '../support/canaries.ts';
import { PROGRAM } from '../support/command-line.ts';
import { apiKey, merchant } from '../support/config-fixtures.ts';
import { ACCOUNT, sha256 } from '../support/merchants.ts';
import { orderRequest } from '../support/orders.ts';
import type { Site, Started, StartedApi } from '../support/site.ts';
import { openSite, untilReady } from '../support/site.ts';
import { call } from '../support/till.ts';
import { until } from '../support/waits.ts';

const NEW_KEY: PayloadKey = { id: 'k2', key: randomBytes(32) };
const NEW_PASSWORD = 'the-new-password-of-the-account';
const NEW_TOKEN = randomBytes(32).toString('base64url');
const SCOPES = ['orders:read', 'orders:write', 'ops'];
const AT_A_TIME = 4;

describe('secrets are rotated under load', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rotation-'));
  const at = (name: string) => join(folder, name);
  /** As Kubernetes mounts a secret: files are links into a folder, and a change is another folder. */
  const files = new Map<string, string>();
  let versions = 0;
  const write = (name: string, text: string) => {
    files.set(name, text);
    const version = at(`..${(versions += 1)}`);
    mkdirSync(version);
    for (const [each, content] of files) writeFileSync(join(version, each), content);
    symlinkSync(version, at('..new'));
    renameSync(at('..new'), at('..data'));
  };
  let tokens = ['token_1'];
  const others: object[] = [];
  const writeMerchants = () =>
    write(
      'merchants.json',
      JSON.stringify({
        merchants: [
          merchant({
            password: { file: at('password') },
            webhook_tokens: tokens.map((file) => ({ file: at(file) })),
            settle_seconds: 1,
          }),
          ...others,
        ],
        api_keys: [apiKey({ id: 'till', sha256: sha256(API_KEY), merchants: '*', scopes: SCOPES })],
      }),
    );

  let site: Site;
  let api: StartedApi;
  let worker: Started;
  let key = API_KEY;

  before(async () => {
    site = await openSite({ temporal: 'in memory', apis: [], workers: 0, otherPayloadKeys: [NEW_KEY] });
    write('password', PASSWORD);
    write('token_1', WEBHOOK_TOKEN);
    write('token_2', NEW_TOKEN);
    write('payload_keys', payloadKeysSetting(...PAYLOAD_KEYS));
    writeMerchants();
    for (const name of files.keys()) symlinkSync(join('..data', name), at(name));
    const settings = { MERCHANTS_FILE: at('merchants.json'), PAYLOAD_KEYS: '', PAYLOAD_KEYS_FILE: at('payload_keys') };
    [api, worker] = await Promise.all([site.startApi(settings), site.startWorker(settings)]);
    await untilReady(api, worker);
  });
  after(async () => {
    await site.close();
    rmSync(folder, { recursive: true });
  });

  const failures: string[] = [];
  const confirmed: string[] = [];
  const ending = new AbortController();
  let placed = 0;

  /** A shop that places one order after the other, each of which is signed; with whatever key it has then. */
  async function shop(): Promise<void> {
    while (!ending.signal.aborted) {
      const reference = `r-${(placed += 1)}`;
      const headers = { authorization: `Bearer ${key}`, prefer: 'wait=10' };
      const { status, body } = await call<{ id: string; status: string; sms: unknown }>(`${api.url}/v1/orders`, {
        method: 'POST',
        headers,
        json: orderRequest({ reference }),
      });
      if (status !== 201) failures.push(`${reference}: ${status} ${JSON.stringify(body)}`);
      else {
        site.simulator.confirm(reference);
        const end = await until(`${reference} ends`, async () => {
          const url = `${api.url}/v1/orders/${encodeURIComponent(body.id)}`;
          const read = await call<{ status: string }>(url, { headers: { authorization: `Bearer ${key}` } });
          return read.status !== 200 || read.body.status !== 'awaiting_customer'
            ? `${read.status} ${read.body.status}`
            : null;
        });
        if (end === '200 confirmed') confirmed.push(reference);
        else failures.push(`${reference}: ${end}`);
      }
    }
  }

  const metric = async ({ admin }: Started, name: string) => {
    const { body } = await call<string>(`${admin}/metrics`);
    return new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(body)?.[1];
  };
  /** Counts of all orders are kept for ten seconds. */
  const counted = (what: RegExp) =>
    until(`${what}`, async () => what.test((await call<string>(`${api.admin}/metrics/orders`)).body) || null);
  /** Until each of them has taken what is written, and orders have gone through since. */
  async function taken(change: () => void | Promise<void>, ...by: Started[]): Promise<void> {
    const times = await Promise.all(by.map((one) => metric(one, 'settings_read_timestamp_seconds')));
    await change();
    for (const [index, one] of by.entries())
      await until('it is taken', async () => (await metric(one, 'settings_read_timestamp_seconds')) !== times[index]);
    await more();
  }
  async function more(): Promise<void> {
    const before = confirmed.length;
    await until('orders go on', () => failures.length > 0 || confirmed.length >= before + 2 * AT_A_TIME || null);
    assert.deepEqual(failures, []);
  }

  it('and none fails', async () => {
    const shops = Array.from({ length: AT_A_TIME }, shop);
    try {
      await more();

      // A payload key: behind the others, then in front.
      await taken(() => write('payload_keys', payloadKeysSetting(...PAYLOAD_KEYS, NEW_KEY)), api, worker);
      await taken(() => write('payload_keys', payloadKeysSetting(NEW_KEY, ...PAYLOAD_KEYS)), api, worker);
      assert.match(api.stdout(), /"payload_keys":\["k2","k1"\]/);
      await counted(/^orders_placed_with_payload_key\{key="k2"\} [1-9]/m);

      // A webhook token: two live, then the new one.
      tokens = ['token_1', 'token_2'];
      await taken(writeMerchants, api, worker);
      const [account] = site.accounts;
      assert.ok(account);
      account.webhookUrl = `${api.url}/webhooks/sequra/${NEW_TOKEN}`;
      await more();
      tokens = ['token_2'];
      await taken(writeMerchants, api, worker);
      assert.equal((await call(site.webhookUrl, { method: 'POST' })).status, 404);

      // Another merchant.
      others.push(merchant({ id: 'merchant_2' }));
      await taken(writeMerchants, api, worker);
      await counted(/^orders\{merchant_id="merchant_2",status="creating"\} 0$/m);

      // The password, while seQura takes both.
      site.accounts.push({ ...ACCOUNT, password: NEW_PASSWORD, webhookUrl: account.webhookUrl });
      await taken(() => write('password', NEW_PASSWORD), worker);
      site.accounts.splice(0, 1);
      await more();

      // Files with a mistake change nothing.
      write('merchants.json', '{"merchants": [');
      for (const one of [api, worker])
        await until('it is refused', async () => (await metric(one, 'settings_refused')) === '1');
      await more();
      await taken(writeMerchants, api, worker);
      assert.equal(await metric(api, 'settings_refused'), '0');

      // An API key: two live, then the new one. The file is written where it is, as by a command on the host.
      const command = async (...args: string[]) =>
        (
          await promisify(execFile)(process.execPath, [PROGRAM, 'apikeys', ...args], {
            env: { ...process.env, MERCHANTS_FILE: at('merchants.json') },
          })
        ).stdout.trim();
      let next = '';
      await taken(async () => {
        next = await command('new', 'till-2', '--merchants', '*', '--scopes', SCOPES.join(), '--days', '30');
      }, api);
      key = next;
      await more();
      await taken(async () => void (await command('revoke', 'till')), api);
      const old = await call(`${api.url}/v1/orders`, { headers: { authorization: `Bearer ${API_KEY}` } });
      assert.equal(old.status, 401);
      const { body: metrics } = await call<string>(`${api.admin}/metrics`);
      assert.match(metrics, /^api_key_last_used_timestamp_seconds\{key="till-2"\} /m);
      assert.match(metrics, /^api_key_expires_timestamp_seconds\{key="till-2"\} /m);
      assert.doesNotMatch(metrics, /key="till"/);
      assert.ok(!`${api.stdout()}${worker.stdout()}`.includes(key));
    } finally {
      ending.abort();
      await Promise.all(shops);
    }
    assert.deepEqual(failures, []);
    assert.ok(confirmed.length >= 80, `${confirmed.length}`);
    const calls = site.simulator.ledger.calls();
    assert.deepEqual(
      calls.filter(({ http_status: status }) => status === 401),
      [],
    );
  });
});
