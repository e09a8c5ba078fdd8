// `temporal orders doctor` says what is wrong around the orders, one thing at a time made wrong here, and what to do.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../../src/dev/temporal.ts';
import { payloadKeysSetting } from '../support/canaries.ts';
import type { CommandLine } from '../support/command-line.ts';
import { commandLine } from '../support/command-line.ts';
import { payloadKey } from '../support/config-fixtures.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { startReceiver } from '../support/receiver.ts';
import { smsSent, until } from '../support/waits.ts';

type Finding = { what: string; is: string; says: string; todo?: string };

describe('temporal orders doctor', () => {
  let service: Service;
  let settings: Record<string, string>;
  before(async () => {
    service = await startService();
    const probe = `${service.api.url}/webhooks/sequra/probe`;
    settings = { SEQURA_BASE_URL: service.simulator.url, WEBHOOK_PROBE_URL: probe };
    const { id } = await service.place({ request: { reference: 'one' } });
    await service.see(id, 'the SMS', smsSent);
    await until('the list', async () => (await orders()('list', '--json')).lines.length === 1 || null);
  });
  after(() => service.close());
  const orders = (others: Record<string, string> = {}): CommandLine => commandLine(service, { ...settings, ...others });

  async function findings(others: Record<string, string> = {}): Promise<[number | null, Record<string, Finding>]> {
    const { code, lines, stderr } = await orders(others)('doctor', '--json');
    assert.equal(stderr, '');
    const all = lines.map((line) => JSON.parse(line) as Finding);
    return [code, Object.fromEntries(all.map((finding) => [finding.what, finding]))];
  }

  it('finds everything right but the short retention of the dev server', async () => {
    const [code, found] = await findings();
    assert.equal(code, 0, JSON.stringify(found));
    const { namespace, ...others } = found;
    assert.deepEqual([namespace?.is, namespace?.says], ['doubtful', 'default, closed orders are kept for 24 h']);
    for (const finding of Object.values(others)) assert.equal(finding.is, 'right', JSON.stringify(finding));
    assert.equal(Object.keys(found).length, 14);
    const { stdout } = await orders()('doctor');
    assert.match(stdout, /^✓ Temporal {13}server 1\.\d+/m);
    assert.match(stdout, /^! namespace {12}default.*\n +→ /m);
  });

  it('finds a Temporal that is not there, or that does not know the namespace', async () => {
    const [code, found] = await findings({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` });
    assert.deepEqual([code, found['Temporal']?.is, found['namespace']], [1, 'wrong', undefined]);
    const away = orders({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` });
    for (const args of [['list'], ['keys', 'list'], ['show', 'order:merchant_1:one']]) {
      const { code, stdout, stderr } = await away(...args);
      assert.deepEqual([code, stdout], [1, ''], args[0]);
      assert.match(
        stderr,
        /^Temporal does not answer \(TEMPORAL_ADDRESS, .*ECONNREFUSED.*`temporal orders doctor`\.\n$/,
      );
    }
    const [, strange] = await findings({ TEMPORAL_NAMESPACE: 'nowhere' });
    assert.deepEqual([strange['Temporal']?.is, strange['namespace']?.is], ['right', 'wrong']);
    assert.match(strange['namespace']?.todo ?? '', /namespace create --namespace nowhere/);
  });

  it('finds a namespace without search attributes', async () => {
    const seconds = (7 * 86_400) as never;
    const namespace = 'bare';
    await service.client.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds },
    });
    const [code, found] = await until('the namespace', async () => {
      const [code, found] = await findings({ TEMPORAL_NAMESPACE: namespace });
      return found['namespace']?.is === 'right' ? ([code, found] as const) : null;
    });
    assert.deepEqual([code, found['search attributes']?.is], [1, 'wrong']);
    assert.match(found['search attributes']?.says ?? '', /OrderStatus/);
    assert.equal(found['search attributes']?.todo, 'temporal orders setup');
  });

  it('finds that no worker polls, and that a payload key is missing', async () => {
    const [code, found] = await findings({
      TASK_QUEUE: 'nobody',
      PAYLOAD_KEYS: payloadKey('another'),
    });
    assert.deepEqual([code, found['workers']?.is, found['notification workers']?.is], [1, 'wrong', 'doubtful']);
    assert.deepEqual([found['payload keys']?.is, found['payload keys']?.says], ['wrong', '1 open orders need k1']);
    const keys = payloadKeysSetting(...(service.payloadKeys ?? []));
    const [, both] = await findings({ PAYLOAD_KEYS: `${payloadKey('another')},${keys}` });
    assert.equal(both['payload keys']?.is, 'right');
  });

  it('finds a seQura that is away, webhooks that cannot come in, a clock that is wrong, and a proxy', async (t) => {
    const receiver = await startReceiver(t, (response) =>
      response.writeHead(404, { date: 'Sun, 22 Nov 2026 10:00:00 GMT' }).end(),
    );
    const [code, found] = await findings({
      SEQURA_BASE_URL: receiver.origin,
      WEBHOOK_PROBE_URL: `${receiver.origin}/webhooks/sequra/probe`,
      https_proxy: 'http://proxy.example:3128',
    });
    assert.equal(code, 1);
    assert.deepEqual(
      [found['seQura']?.is, found['webhooks']?.is, found['clock']?.is, found['proxies']?.is],
      ['right', 'wrong', 'wrong', 'doubtful'],
    );
    assert.match(found['clock']?.says ?? '', /^\d+ s ahead of seQura’s$/);
    const away = `http://127.0.0.1:${await freePort()}`;
    const [, others] = await findings({ SEQURA_BASE_URL: away, WEBHOOK_PROBE_URL: '' });
    assert.deepEqual(
      [others['seQura']?.is, others['webhooks']?.is, others['clock']?.is],
      ['wrong', 'skipped', 'skipped'],
    );
  });

  it('names what waits for a human', async () => {
    await service.client.workflow.getHandle('order:merchant_1:one').describe();
    service.simulator.faults.set('asks', 'create', { kind: 'cut_body' });
    await service.place({ request: { reference: 'asks' } });
    const counted = await until('it is counted', async () => {
      const [, found] = await findings();
      return found['orders']?.is === 'doubtful' ? found['orders'] : null;
    });
    assert.deepEqual(
      [counted.says, counted.todo],
      ['1 ask a human, 0 past their deadline, 0 stuck', 'temporal orders list --attention'],
    );
    await service.client.workflow.getHandle('order:merchant_1:one').terminate();
    await until('the stopped one is counted, too', async () => {
      const [, { orders }] = await findings();
      return orders?.says === '2 ask a human, 0 past their deadline, 0 stuck' || null;
    });
    const carriedOn = await orders()('resolve', 'one', '--action', 'retry', '--note', 'terminated by mistake', '--yes');
    assert.equal(carriedOn.code, 0, carriedOn.stderr);
    await until('it goes on', async () => {
      const [, { orders }] = await findings();
      return orders?.says === '1 ask a human, 0 past their deadline, 0 stuck' || null;
    });
  });

  it('names a merchant whose password is not taken, and a webhook that nearly matches', async () => {
    const [, before] = await findings();
    assert.deepEqual([before['accounts']?.is, before['near misses']?.is], ['right', 'right']);
    await service.place({ request: { reference: 'unauthorized-1' } });
    assert.equal(await service.webhook({ event: 'order/confirmed', order_ref_1: 'ONE' }), 200);
    const found = await until('both are found', async () => {
      const [code, found] = await findings();
      return found['accounts']?.is === 'wrong' && found['near misses']?.is === 'doubtful' ? { code, found } : null;
    });
    assert.equal(found.code, 1);
    assert.equal(found.found['accounts']?.says, 'merchant_1: 1 orders of the last hour failed as unauthorized');
    assert.match(found.found['near misses']?.says ?? '', /^1 webhooks of the last day nearly match an order/);
  });
});
