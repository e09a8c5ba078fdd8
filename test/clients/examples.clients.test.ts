// The tills and receivers of `clients/examples`: each does the same, with the answer to its first order lost on the way.
import assert from 'node:assert/strict';
import type { ChildProcessByStdio } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { freePort } from '../../src/dev/temporal.ts';
import { API_KEY, ENDPOINT_SECRET } from '../support/canaries.ts';
import { notifiedMerchants } from '../support/notifications.ts';
import { idOf } from '../support/orders.ts';
import { openProxy } from '../support/proxy.ts';
import type { Proxy } from '../support/proxy.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { until } from '../support/waits.ts';

type Command = [string, ...string[]];
type Language = { till: Command; receiver: Command; needs: string };

const EXAMPLES = fileURLToPath(new URL('../../clients/examples', import.meta.url));
const NODE: Command = [process.execPath, '--conditions=part-payment-orders-source'];

/** Commands, and how the receiver listens: by itself on `PORT`, as PHP's own server does, or as a CGI program. */
const LANGUAGES: Record<string, Language> = {
  curl: { till: ['bash', 'curl/till.sh'], receiver: ['bash', 'curl/receiver.sh'], needs: 'curl' },
  TypeScript: {
    till: [...NODE, 'typescript/till.ts'],
    receiver: [...NODE, 'typescript/receiver.ts'],
    needs: process.execPath,
  },
  Python: { till: ['python3', 'python/till.py'], receiver: ['python3', 'python/receiver.py'], needs: 'python3' },
  PHP: { till: ['php', 'php/till.php'], receiver: ['php', '-S', '127.0.0.1:PORT', 'php/receiver.php'], needs: 'php' },
};

type Running = { url: string; told: () => string; stop: () => Promise<void> };

async function startReceiver(language: string, [command, ...words]: Command, folder: string): Promise<Running> {
  const port = await freePort();
  const args = words.map((word) => word.replace('PORT', String(port)));
  const env = { ...process.env, NOTIFY_SECRET: ENDPOINT_SECRET, PORT: String(port), FOLDER: folder };
  const url = `http://127.0.0.1:${port}/`;
  let said = '';
  const file = join(folder, 'told');
  const told = () => said + (existsSync(file) ? readFileSync(file, 'utf8') : '');
  if (language === 'curl') {
    const server = await cgi(port, (meta) =>
      spawn(command, args, { cwd: EXAMPLES, env: { ...env, ...meta }, stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    return { url, told, stop: () => new Promise((resolve) => void server.close(() => resolve())) };
  }
  const child = spawn(command, args, {
    cwd: EXAMPLES,
    env,
    stdio: ['ignore', 'pipe', language === 'PHP' ? 'ignore' : 'inherit'],
  });
  const exited = once(child, 'exit');
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  await until('the receiver', () =>
    fetch(url, { method: 'POST' }).then(
      () => true,
      () => false,
    ),
  );
  return {
    url,
    told,
    async stop() {
      child.kill();
      await exited;
    },
  };
}

/** A web server with one CGI program (RFC 3875), as far as it is needed here. */
async function cgi(
  port: number,
  start: (meta: Record<string, string>) => ChildProcessByStdio<Writable, Readable, null>,
) {
  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse) {
    const body = await buffer(request);
    const headers = Object.entries(request.headers as Record<string, string>);
    const program = start({
      ...Object.fromEntries(headers.map(([name, value]) => [`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, value])),
      CONTENT_LENGTH: String(body.length),
    });
    program.stdin.end(body);
    const said = await text(program.stdout);
    response.writeHead(Number(/^Status: (\d{3})/.exec(said)?.[1] ?? 500)).end();
  }
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('the examples', () => {
  const { notifying, setEndpoint } = notifiedMerchants();
  let service: Service;
  let network: Proxy;
  before(async () => {
    service = await startService({ policy: { notify: true }, notifying });
    network = await openProxy(() => Number(new URL(service.api.url).port));
  });
  after(async () => {
    await service.close();
    await network.close();
  });

  for (const [language, { till, receiver: program, needs }] of Object.entries(LANGUAGES)) {
    const isThere = spawnSync(needs, ['--version']).status === 0;
    it(language, { skip: isThere ? false : `${needs} is not installed`, timeout: 120_000 }, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'example-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const receiver = await startReceiver(language, program, folder);
      t.after(() => receiver.stop());
      setEndpoint('merchant_1', { url: receiver.url, secret: ENDPOINT_SECRET });
      const reference = `by-${language}`;
      const [order, signed] = [reference, `signs-${reference}`].map(idOf);

      let lost = 0;
      network.watch((direction, data) => {
        const isAnswer = direction === 'back' && data.includes('HTTP/1.1 201');
        if (isAnswer) lost += 1;
        if (isAnswer) setTimeout(() => network.healEmpty(), 100);
        return !isAnswer;
      });
      const [command, ...args] = till;
      const env = { ...process.env, API: `http://127.0.0.1:${network.port}`, KEY: API_KEY };
      const child = spawn(command, [...args, reference], { cwd: EXAMPLES, env, stdio: ['ignore', 'pipe', 'inherit'] });
      const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
      assert.equal(said, `taken ${order}\nagain ${order}\nsms 2\ncancelled\nconfirmed\n`);
      assert.equal(lost, 1);
      for (const id of [order, signed]) service.replayAtEnd(id ?? '');
      for (const its of [reference, `signs-${reference}`]) assert.equal(service.simulator.ledger.orders(its).length, 1);

      const lines = await until('the notifications', () => {
        const all = receiver.told().trim().split('\n');
        return all.includes(`${order} cancelled`) && all.includes(`${signed} confirmed`) && all;
      });
      assert.deepEqual(new Set(lines).size, lines.length, lines.join('\n'));
      assert.deepEqual(await rightAndWrong(receiver.url), [204, 401, 401, 401]);
    });
  }
});

/** What is answered to a message that is not the newest, and to those of others: another secret, too old, another body. */
async function rightAndWrong(url: string): Promise<number[]> {
  const body = JSON.stringify({
    type: 'order.updated',
    timestamp: '2026-11-22T10:00:00.000Z',
    data: { id: 'order:merchant_1:x', status: 'confirmed', revision: 1 },
  });
  const other = `whsec_${Buffer.alloc(24, 'other').toString('base64')}`;
  const now = new Date();
  const old = new Date(now.getTime() - 6 * 60_000);
  const post = async (secret: string, at: Date, sent = body) => {
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': `v1,AAAA ${new Webhook(secret).sign('msg_1', at, body)}`,
    };
    return (await fetch(url, { method: 'POST', headers, body: sent })).status;
  };
  return [
    await post(ENDPOINT_SECRET, now),
    await post(other, now),
    await post(ENDPOINT_SECRET, old),
    await post(ENDPOINT_SECRET, now, body.replace('confirmed', 'cancelled')),
  ];
}
