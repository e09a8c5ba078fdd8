// The client of `clients/typescript`: its types are those of the document, it does against the whole service what it says, and it is a package.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Client, Order } from 'part-payment-orders-client';
import { connect, mayHandOver, ProblemError, verifyNotification } from 'part-payment-orders-client';
import { isUpToDate } from '../../scripts/client-types.ts';
import { API_KEY } from '../support/canaries.ts';
import { notifiedMerchants } from '../support/notifications.ts';
import { orderRequest } from '../support/orders.ts';
import { openProxy } from '../support/proxy.ts';
import type { Proxy } from '../support/proxy.ts';
import type { Receiver } from '../support/receiver.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { smsSent, until } from '../support/waits.ts';

const execute = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it('has the types of the document', () => {
  assert.ok(isUpToDate(), '`npm run client:types` writes them');
});

describe('the client', () => {
  const { notifying, setEndpoint } = notifiedMerchants();
  let service: Service;
  let network: Proxy;
  let endpoint: Receiver;
  let shop: Client;
  before(async () => {
    endpoint = await startReceiver(null, 204);
    setEndpoint('merchant_1', endpoint);
    service = await startService({ policy: { notify: true }, notifying });
    network = await openProxy(() => Number(new URL(service.api.url).port));
    shop = connect({ baseUrl: `http://127.0.0.1:${network.port}`, apiKey: API_KEY });
  });
  after(async () => {
    await service.close();
    await network.close();
    await endpoint.goOffline();
  });

  async function placed(reference: string): Promise<Order> {
    const { order } = await shop.placeOrder(orderRequest({ reference }));
    service.replayAtEnd(order.id);
    return order;
  }

  it('places one order where the answer to the first request is lost', async () => {
    let lost = 0;
    network.watch((direction, data) => {
      const isAnswer = direction === 'back' && data.includes('HTTP/1.1 201');
      if (isAnswer) lost += 1;
      if (isAnswer) setTimeout(() => network.healEmpty(), 100);
      return !isAnswer;
    });
    const { order, status } = await shop.placeOrder(orderRequest({ reference: 'lost on the way' }));
    service.replayAtEnd(order.id);
    assert.deepEqual([lost, status], [1, 200]);
    assert.equal(service.simulator.ledger.orders('lost on the way').length, 1);
    await shop.cancel(order.id);
  });

  it('follows an order to its end through a network that breaks, and is told the same by the notification', async () => {
    const { id, reference } = await placed('followed');
    const seen: Order[] = [];
    const end = shop.untilFinal(id, { onChange: (order) => seen.push(order) });
    await until('the SMS', () => seen.some(smsSent));
    network.cut();
    await until('a cut', () => network.met.cut > 0);
    network.heal();
    service.simulator.confirm(reference);
    const order = await end;
    assert.ok(mayHandOver(order), JSON.stringify(order));
    assert.deepEqual(order, await service.read(id));
    assert.deepEqual(
      seen.map(({ revision }) => revision),
      [...new Set(seen.map(({ revision }) => revision))].toSorted((a, b) => a - b),
    );
    const told = await until('the notification', () =>
      endpoint.received
        .map(({ body, headers }) => verifyNotification(body, headers, endpoint.secret))
        .find(({ data }) => data.id === id && data.status === 'confirmed'),
    );
    assert.deepEqual(told.data, order);
  });

  it('sends one more SMS for each wish, and cancels once', async () => {
    const { id } = await placed('asked for');
    await until('the SMS', async () => smsSent(await shop.getOrder(id)));
    const { order } = await shop.sendSms(id, { mobilePhone: '+34600111222', idempotencyKey: 'once-more' });
    await shop.sendSms(id, { mobilePhone: '+34600111222', idempotencyKey: 'once-more' });
    assert.deepEqual([order.sms.sent, (await shop.getOrder(id)).sms.sent], [2, 2]);
    assert.equal((await shop.cancel(id)).order.status, 'cancelled');
    assert.equal((await shop.untilFinal(id)).status, 'cancelled');
  });

  it('throws what is wrong, with the place of each mistake and the order that it is about', async () => {
    const error = await shop.placeOrder(orderRequest({ reference: 'x', nin: '1' })).catch((cause: unknown) => cause);
    assert.ok(error instanceof ProblemError);
    assert.deepEqual([error.code, error.errors.map(({ pointer }) => pointer)], ['invalid_body', ['/nin']]);
    assert.ok(error.requestId);
    const refused = await placed('refuse-1').catch((cause: unknown) => cause);
    assert.ok(refused instanceof ProblemError && refused.code === 'order_refused', String(refused));
    assert.equal(refused.order?.status, 'failed');
    service.replayAtEnd(refused.order.id);
  });

  it('is a package that installs elsewhere, compiles there, and places an order', { timeout: 180_000 }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'elsewhere-'));
    t.after(() => rmSync(folder, { recursive: true }));
    // Not synchronously: the service runs in this process.
    const run = async (command: string, args: string[], cwd: string) => (await execute(command, args, { cwd })).stdout;
    const packed = await run(
      'npm',
      ['pack', '--silent', '--pack-destination', folder],
      join(ROOT, 'clients/typescript'),
    );
    const tarball = packed.trim().split('\n').at(-1) ?? '';
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'till', private: true, type: 'module' }));
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, tarball)], folder);
    const till = [
      `import { connect, type Order } from 'part-payment-orders-client';`,
      `const shop = connect({ baseUrl: String(process.argv[2]), apiKey: String(process.argv[3]) });`,
      `const { order } = await shop.placeOrder(${JSON.stringify(orderRequest({ reference: 'signs-elsewhere' }))});`,
      `const end: Order = await shop.untilFinal(order.id);`,
      `console.log(end.id, end.status);`,
    ];
    writeFileSync(join(folder, 'till.ts'), till.join('\n'));
    const compile = ['--strict', '--target', 'es2024', '--module', 'nodenext', '--types', 'node', '--typeRoots'];
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    await run(tsc, [...compile, join(ROOT, 'node_modules/@types'), 'till.ts'], folder);
    const said = await run(process.execPath, ['till.js', `http://127.0.0.1:${network.port}`, API_KEY], folder);
    assert.equal(said, 'order:merchant_1:signs-elsewhere confirmed\n');
    service.replayAtEnd('order:merchant_1:signs-elsewhere');
  });
});
