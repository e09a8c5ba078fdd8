// `npm run golive` beside the service as it is operated: what it says where all is right, and of each thing that is wrong.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { PORTS } from '../../src/dev/settings.ts';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { findTemporalCli, freePort } from '../../src/dev/temporal.ts';
import { isFinal } from '../../src/order/status.ts';
import { API_KEY, ENDPOINT_SECRET, WEBHOOK_PATH, WEBHOOK_TOKEN } from '../support/canaries.ts';
import { token } from '../support/config-fixtures.ts';
import type { Program, Settings } from '../support/programs.ts';
import { npmRun } from '../support/programs.ts';
import type { Receiver } from '../support/receiver.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';
import { until } from '../support/waits.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Short enough for a test, long enough to sign. */
const DEADLINE_SECONDS = 8;
const STEPS = [
  'API',
  'wrong token',
  'right token',
  'create',
  'SMS',
  'confirm',
  'duplicate webhook',
  'cancel',
  'abandon',
  'notification',
];

describe('npm run golive', () => {
  let site: Site;
  let endpoint: Receiver;

  before(async () => {
    const webhook = new Webhook(ENDPOINT_SECRET);
    endpoint = await startReceiver(null, (response, { body, headers }) => {
      try {
        webhook.verify(body, headers as Record<string, string>);
        response.writeHead(204).end();
      } catch {
        response.writeHead(401).end();
      }
    });
    const notify = { url: endpoint.url, secret: ENDPOINT_SECRET };
    site = await openSite({
      temporal: 'in memory',
      merchant: { confirm_within_seconds: DEADLINE_SECONDS, notify },
    });
  });
  after(async () => {
    await site.close();
    await endpoint.goOffline();
  });

  function start(settings: Settings = {}, ...args: string[]): Program {
    const its = {
      ...site.settings,
      API_URL: site.api.url,
      API_KEY,
      WEBHOOK_PROBE_URL: site.webhookUrl.replace(WEBHOOK_TOKEN, 'probe'),
      ...settings,
    };
    return npmRun('golive', its, '--merchant', 'merchant_1', ...args);
  }

  /** What it says of each step, as `✓`, `✗` or `–` and words, and of what is to be done. */
  async function said(program: Program): Promise<{ code: unknown; marks: Record<string, string>; words: string }> {
    const code = await program.ended();
    const words = program.stdout();
    assert.equal(program.stderr(), '');
    const lines = [...words.matchAll(/^ {2}([✓✗–]) (.{18}) /gm)].map(([, mark = '', name = '']) => [name.trim(), mark]);
    return { code, marks: Object.fromEntries(lines) as Record<string, string>, words };
  }
  const run = (settings: Settings = {}, ...args: string[]) => said(start(settings, ...args));

  /** All steps with this mark, but for some. */
  const marked = (mark: string, but: Record<string, string> = {}) => ({
    ...Object.fromEntries(STEPS.map((name) => [name, mark])),
    ...but,
  });

  it('passes where everything is right, says where webhooks go, and leaves nothing behind', async () => {
    const { code, marks, words } = await run();
    assert.deepEqual([code, marks], [0, marked('✓')], words);
    assert.ok(words.includes(`\n  ${site.webhookUrl}\n`), words);
    assert.match(words, /Everything is as it should be\.\n$/);
    const orders = site.simulator.ledger.orders();
    assert.deepEqual(
      orders.map(({ reference, effects }) => [reference.split('-').at(-1), effects.at(-1)?.effect]),
      [
        ['sign', 'financing_asked'],
        ['cancel', 'cancelled'],
        ['abandon', 'cancelled'],
      ],
    );
    for (const { reference } of orders) {
      const order = await site.read(`order:merchant_1:${reference}`);
      assert.ok(order !== null && isFinal(order.status) && order.attention === null, JSON.stringify(order));
    }
  });

  it('says the same in JSON, and no secret beside it', async () => {
    const program = start({ WEBHOOK_PROBE_URL: '' }, '--json');
    assert.equal(await program.ended(), 0, program.stdout());
    const lines = program
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const [begins, ...rest] = lines;
    assert.equal(begins?.['merchant'], 'merchant_1');
    assert.deepEqual(
      rest.slice(0, -1).map(({ step, outcome }) => [step, outcome]),
      STEPS.map((step) => [step, 'passed']),
    );
    const { webhook_address: address, ...whole } = rest.at(-1) ?? {};
    assert.deepEqual(whole, { failed: 0, left_over: [], webhook_address_known: false });
    assert.ok(String(address).endsWith(WEBHOOK_PATH));
    assert.ok(!program.stderr().includes(WEBHOOK_TOKEN));
  });

  it('says that a merchant without an endpoint has none, and passes', async () => {
    const { code, marks, words } = await run(
      site.settingsFor({ confirm_within_seconds: DEADLINE_SECONDS, notify: undefined }),
    );
    assert.deepEqual([code, marks], [0, marked('✓', { notification: '–' })], words);
  });

  it('says that the API does not know the key, and tries nothing that needs it', async () => {
    const { code, marks, words } = await run({ API_KEY: 'another-key' });
    const without = { 'wrong token': '✓', 'right token': '✓', notification: '✓' };
    assert.deepEqual([code, marks], [1, marked('✗', without)], words);
    assert.match(words, /401 unauthenticated[^]*API_KEY is no key of this API/);
    assert.match(words, /create +not tried, because of API/);
  });

  it('says that seQura does not take the password', async () => {
    await site.worker.replace({ SEQURA_PASSWORD: 'wrong' });
    const { code, marks, words } = await run();
    await site.worker.replace();
    const without = { API: '✓', 'wrong token': '✓', 'right token': '✓', notification: '✓' };
    assert.deepEqual([code, marks], [1, marked('✗', without)], words);
    assert.match(
      words,
      /✗ create +the API answers 502 sequra_unauthorized[^]*?seQura: 401[^]*?→ Put the user name and the password/,
    );
  });

  it('says that the API has another token than the file and seQura', async () => {
    await site.api.replace(site.settingsFor({ confirm_within_seconds: DEADLINE_SECONDS, webhook_tokens: [token()] }));
    const { code, marks, words } = await run();
    await site.api.replace();
    assert.deepEqual(
      [code, marks],
      [1, marked('✓', { 'right token': '✗', confirm: '✗', 'duplicate webhook': '✗' })],
      words,
    );
    assert.match(words, /right token +the API does not know a webhook token[^]*?→ It runs with another merchants file/);
    assert.match(words, /confirm +nothing was heard of a signature; seQura’s webhook: it came to 404/);
  });

  it('says that the address for webhooks cannot be reached', async () => {
    const way = site.ways['sequra to api'];
    assert.ok(way !== undefined);
    way.cut();
    const { code, marks, words } = await run();
    way.heal();
    const without = { 'wrong token': '✗', 'right token': '✗', confirm: '✗', 'duplicate webhook': '✗' };
    assert.deepEqual([code, marks], [1, marked('✓', without)], words);
    assert.match(words, /wrong token +\S+ cannot be reached: \w+\n[^]*?→ seQura must reach it/);
  });

  it('says that nothing listens at the merchant’s endpoint, and that one there believes anybody', async () => {
    await endpoint.goOffline();
    const silent = await run();
    await endpoint.goOnline();
    assert.deepEqual([silent.code, silent.marks], [1, marked('✓', { notification: '✗' })], silent.words);
    assert.match(silent.words, /does not take a signed message: ECONNREFUSED/);

    const gullible = await startReceiver(null, 200);
    const notify = { url: gullible.url, secret: ENDPOINT_SECRET };
    const open = await run(site.settingsFor({ confirm_within_seconds: DEADLINE_SECONDS, notify }));
    await gullible.goOffline();
    assert.deepEqual([open.code, open.marks], [1, marked('✓', { notification: '✗' })], open.words);
    assert.match(open.words, /takes a message that somebody else has signed/);
  });

  it('says by which name seQura confirms, where that is not among the merchant’s', async () => {
    site.simulator.faults.set('*', 'webhook', { kind: 'other_event', event: 'order/signed_off' });
    const { code, marks, words } = await run();
    assert.deepEqual([code, marks], [1, marked('✓', { confirm: '✗', 'duplicate webhook': '✗' })], words);
    assert.match(
      words,
      /not among the merchant’s events: order\/signed_off\n[^]*?→ Is it the name of the confirmation\?/,
    );
    assert.match(words, /left over: order:merchant_1:golive-\w+-sign/);
  });

  describe('where seQura is no simulator', () => {
    let sandbox: Receiver;
    before(async () => void (sandbox = await startReceiver(null, 404)));
    after(() => sandbox.goOffline());

    it('asks for the phone of a human before it places anything', async () => {
      const orders = site.simulator.ledger.orders().length;
      const { code, words } = await run({ SEQURA_BASE_URL: sandbox.origin });
      assert.equal(code, 1);
      assert.match(words, /is no simulator: the orders of this walk are real ones there\. .*--phone/);
      assert.equal(site.simulator.ledger.orders().length, orders);
    });

    it('says when to sign, and waits until somebody has', async () => {
      const program = start({ SEQURA_BASE_URL: sandbox.origin }, '--phone', '+34600111222');
      const number = await until('the call', () => /NOW SIGN: .*order (\d+)\)/.exec(program.stdout())?.[1]);
      const order = site.simulator.ledger.order(Number(number));
      assert.equal(order?.sms[0]?.phone, '+34600111222');
      site.simulator.confirm(Number(number));
      const { code, marks, words } = await said(program);
      assert.deepEqual([code, marks], [0, marked('✓')], words);
    });

    it('waits no longer than it was told to', async () => {
      const args = ['--phone', '+34600111222', '--minutes', '0.02'];
      const { code, marks, words } = await run({ SEQURA_BASE_URL: sandbox.origin }, ...args);
      assert.deepEqual([code, marks], [1, marked('✓', { confirm: '✗', 'duplicate webhook': '✗' })], words);
      assert.match(words, /nothing was heard of a signature\n[^]*?→ Was it signed\?/);
    });
  });

  it('names what is wrong with its settings', async () => {
    const program = start({ API_KEY: '', SEQURA_BASE_URL: 'nowhere' });
    assert.equal(await program.ended(), 78);
    for (const name of ['API_KEY', 'SEQURA_BASE_URL']) assert.match(program.stderr(), new RegExp(`^${name}: `, 'm'));
  });
});

describe('npm start', () => {
  it(
    'is a stack beside which golive passes, and operators’ commands work, without any settings',
    { timeout: 180_000 },
    async (t) => {
      // Below this folder, so that the packages can be linked: the simulator may not read through a symbolic link.
      const copy = mkdtempSync(join(ROOT, '.cache', 'golive-'));
      t.after(() => rmSync(copy, { recursive: true }));
      for (const part of ['src', 'clients/typescript', 'package.json', 'scripts/temporal-binaries.txt'])
        cpSync(join(ROOT, part), join(copy, part), { recursive: true });
      assert.equal(spawnSync('cp', ['-al', join(ROOT, 'node_modules'), copy]).status, 0);
      const names = Object.keys(PORTS);
      const ports = await Promise.all(names.map(async (name) => [name, String(await freePort())]));
      const env = {
        PATH: process.env['PATH'],
        HOME: copy,
        TEMPORAL_CLI: await findTemporalCli(() => {}),
        ...(Object.fromEntries(ports) as Record<string, string>),
        RATE_LIMIT_PER_SECOND: '77',
      };
      const program = (file: string, ...args: string[]) =>
        spawn(process.execPath, ['--conditions=part-payment-orders-source', join(copy, file), ...args], {
          cwd: copy,
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
        });

      const stack = program('src/dev/main.ts', '--bare');
      const stackEnded = once(stack, 'exit');
      let output = '';
      stack.stderr.pipe(process.stderr);
      stack.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
      try {
        await until('the stack', () => output.includes('Everything stays up'));
        const ops = async (...args: string[]) => {
          const running = program('src/dev/ops.ts', ...args);
          const ended = once(running, 'exit');
          const [words, notes] = await Promise.all([text(running.stdout), text(running.stderr)]);
          assert.deepEqual((await ended)[0], 0, words + notes);
          assert.match(notes, /^PAYLOAD_KEYS is not set: this is the stack of `npm start`\.\n/);
          return words;
        };
        await ops('golive', '--merchant', 'merchant_fast');
        assert.match(await ops('list', '--merchant', 'merchant_fast'), /^order:merchant_fast:golive-/m);
        assert.match(output, /Which need a human\?\n +http:.*OrderAttention%20IS%20NOT%20NULL\n/);
        const page = /http:\S+\/v1\/orders/.exec(output)?.[0] ?? '';
        const listed = await fetch(page, { headers: { authorization: 'Bearer dev-key' } });
        assert.equal(listed.headers.get('ratelimit-policy'), '"default";q=77;w=1', 'a setting of its environment');
      } finally {
        stack.kill('SIGTERM');
        await stackEnded;
      }
    },
  );
});
