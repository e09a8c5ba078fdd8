// docs/moving-over.md and docs/event-names.md: their examples are run as they stand, before and after, against the same seQura.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { freePort } from '../../src/dev/temporal.ts';
import type { OrderView } from '../../src/order/view.ts';
import { API_KEY, WEBHOOK_TOKEN } from '../support/canaries.ts';
import { ACCOUNT } from '../support/merchants.ts';
import { idOf, orderPath, orderRequest } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, smsSent, until } from '../support/waits.ts';

const page = (name: string) => readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), 'utf8');

type Before = {
  createOrder(order: object): Promise<number>;
  resendSms(id: number, phone: string): Promise<void>;
  cancelOrder(id: number): Promise<void>;
};
type After = {
  createOrder(order: object): Promise<string>;
  resendSms(id: string, phone: string): Promise<void>;
  cancelOrder(id: string): Promise<void>;
  ended(id: string): Promise<OrderView>;
};

describe('docs/moving-over.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'moving-over-'));
  let service: Service;
  let old: Before;
  let ours: After;
  /** What the relay has written. */
  let signed = '';
  let relay: ReturnType<typeof startRelay> | null = null;

  function startRelay(port: number, webhooks: string) {
    const env = { ...process.env, ORDERS_WEBHOOKS: webhooks, PORT: String(port) };
    return spawn(process.execPath, [join(folder, 'relay.mjs')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  }

  before(async () => {
    for (const [, code = '', name = ''] of page('moving-over.md').matchAll(/^```js\n(\/\/ (\w+\.mjs)\n[^]*?)^```$/gm))
      writeFileSync(join(folder, name), code);
    const relayPort = await freePort();
    service = await startService({
      looks: false,
      seenAt: (apiPort) => {
        relay = startRelay(relayPort, `http://127.0.0.1:${apiPort}/webhooks/sequra/${WEBHOOK_TOKEN}`);
        relay.stdout.setEncoding('utf8').on('data', (text: string) => (signed += text));
        return Promise.resolve(relayPort);
      },
    });
    Object.assign(process.env, {
      SEQURA: service.simulator.url,
      SEQURA_USER: ACCOUNT.username,
      SEQURA_PASSWORD: ACCOUNT.password,
      ORDERS: service.api.url,
      ORDERS_KEY: API_KEY,
    });
    const load = (name: string) => import(pathToFileURL(join(folder, name)).href) as Promise<unknown>;
    old = (await load('before.mjs')) as Before;
    ours = (await load('after.mjs')) as After;
  });
  after(async () => {
    relay?.kill('SIGKILL');
    await service.close();
    rmSync(folder, { recursive: true });
  });

  const there = (reference: string) => service.simulator.ledger.orders(reference);

  it('before: three calls to seQura', async () => {
    const id = await old.createOrder(orderRequest({ reference: 'old 1' }));
    await old.resendSms(id, '+34600111222');
    await old.cancelOrder(id);
    assert.deepEqual(
      there('old 1').map(({ status, sms }) => [status, sms.map(({ phone }) => phone)]),
      [['cancelled', ['+34666123456', '+34600111222']]],
    );
    await assert.rejects(old.createOrder(orderRequest({ reference: 'refuse-1' })), /seQura answered 422/);
  });

  it('after: the same body, one order however often it is sent, the SMS by itself', async () => {
    const body = orderRequest({ reference: 'new 1' });
    const id = await ours.createOrder(body);
    assert.equal(id, idOf('new 1'));
    assert.equal(await ours.createOrder(body), id);
    await service.see(id, 'the SMS', smsSent);
    await ours.resendSms(id, '+34600111222');
    await ours.cancelOrder(id);
    assert.equal((await ours.ended(id)).status, 'cancelled');
    assert.deepEqual(
      there('new 1').map(({ status, sms }) => [status, sms.map(({ phone }) => phone)]),
      [['cancelled', ['+34666123456', '+34600111222']]],
    );
    await assert.rejects(ours.createOrder(orderRequest({ reference: 'refuse-2' })), /^Error: order_refused: /);
  });

  it('meanwhile: each side hears of its own orders through the relay', async () => {
    await old.createOrder(orderRequest({ reference: 'signs-old' }));
    const id = await ours.createOrder(orderRequest({ reference: 'signs-new' }));
    assert.equal((await ours.ended(id)).status, 'confirmed');
    await until('the old order', () => signed.includes('signed signs-old\n'));
    await service.simulator.idle();
    assert.deepEqual(
      service.simulator.ledger.webhooks('signs-old').map(({ state }) => state),
      ['delivered'],
    );
  });

  it('where this service is away, the relay has seQura repeat what it has sent', async () => {
    const [port, nobody] = [await freePort(), await freePort()];
    const alone = startRelay(port, `http://127.0.0.1:${nobody}/`);
    const body = new URLSearchParams({ event: 'order/confirmed', order_ref_1: 'x' });
    const answer = await until('an answer', () =>
      fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body }).catch(() => null),
    );
    alone.kill('SIGKILL');
    assert.equal(answer.status, 503);
  });
});

describe('docs/event-names.md', () => {
  it('rehearses an unknown name, and finds it as it says', async (t) => {
    const service = await startService();
    t.after(() => service.close());
    const text = page('event-names.md');
    const [, body = ''] = /<<'JSON'\n([^]*?)^JSON$/m.exec(text) ?? [];
    const { status, body: order } = await service.api.place(JSON.parse(body));
    assert.equal(status, 202);
    await service.see(order.id, 'the attention', asksHuman);
    const answer = await fetch(service.api.url + orderPath(order.id), {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    const [noted] = /"event":"webhook_noted","name":"[^"]*"/.exec(await answer.text()) ?? [];
    assert.ok(noted !== undefined && text.includes(`\`${noted}\``), noted);
  });
});
