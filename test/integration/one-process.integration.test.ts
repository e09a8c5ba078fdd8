// `npm run start:all`: the API and the worker in one process. It begins orders at once, and ends in order.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { freePort } from '../../src/dev/temporal.ts';
import { idOf } from '../support/orders.ts';
import type { Settings } from '../support/programs.ts';
import { npmRun } from '../support/programs.ts';
import type { Site, Started, StartedApi } from '../support/site.ts';
import { openSite, probe, untilReady } from '../support/site.ts';
import { call, till } from '../support/till.ts';
import { closed, smsSent, until } from '../support/waits.ts';

describe('the API and the worker in one process', () => {
  let site: Site;
  let api: StartedApi;
  let worker: Started;

  before(async () => {
    site = await openSite({ temporal: 'on disk', apis: [], workers: 0 });
  });
  afterEach(async () => {
    if (api.hasEnded()) return;
    api.kill();
    await api.ended();
  });
  after(() => site.close());

  async function start(more: Settings = {}): Promise<void> {
    const { port } = new URL(site.webhookUrl);
    const [adminPort, workerPort] = [String(await freePort()), String(await freePort())];
    const ports = { API_PORT: port, API_ADMIN_PORT: adminPort, WORKER_ADMIN_PORT: workerPort };
    const program = npmRun('start:all', { ...site.settings, ...ports, ...more });
    api = { ...program, admin: `http://127.0.0.1:${adminPort}`, ...till(`http://127.0.0.1:${port}`) };
    worker = { ...program, admin: `http://127.0.0.1:${workerPort}` };
  }

  async function startReady(): Promise<void> {
    await start();
    await untilReady(api, worker);
  }

  async function endOnSigterm(): Promise<void> {
    api.terminate();
    assert.deepEqual([await api.ended(), api.stderr()], [0, '']);
  }

  async function begunAtOnce(reference: string): Promise<boolean> {
    const { events } = await site.client.workflow.getHandle(idOf(reference)).fetchHistory();
    return events?.[0]?.workflowExecutionStartedEventAttributes?.eagerExecutionAccepted === true;
  }

  async function noteTheirBuildOnce(reference: string): Promise<void> {
    const handle = site.client.workflow.getHandle(idOf(reference));
    const { events } = await handle.fetchHistory();
    const task = events?.find((event) => event.workflowTaskCompletedEventAttributes != null);
    const buildId = task?.workflowTaskCompletedEventAttributes?.workerVersion?.buildId ?? assert.fail('no build');
    const { typedSearchAttributes } = await handle.describe();
    const noted = typedSearchAttributes.get({ name: 'BuildIds', type: 'KEYWORD_LIST' });
    assert.deepEqual(noted, ['unversioned', `unversioned:${buildId}`]);
    const told = events?.[0]?.workflowExecutionStartedEventAttributes?.searchAttributes?.indexedFields?.['BuildIds'];
    assert.deepEqual(JSON.parse(Buffer.from(told?.data ?? []).toString()), noted);
  }

  it('carry an order from its request to its confirmation, and the worker here begins it with the answer to its start', async () => {
    await startReady();
    const { status, body } = await api.post('first');
    assert.equal(status, 202);
    await api.see(body.id, 'the SMS', smsSent);
    assert.equal(await begunAtOnce('first'), true);
    await noteTheirBuildOnce('first');
    site.simulator.confirm('first');
    assert.equal((await api.see(body.id, 'the end', closed)).status, 'confirmed');
    const again = await api.post('first');
    assert.deepEqual([again.status, again.body.id], [200, body.id]);
    assert.match((await call<string>(`${api.admin}/metrics`)).body, /^api_request_duration_seconds_count\{.*202"/m);
    assert.match((await call<string>(`${worker.admin}/metrics`)).body, /^sequra_call_duration_seconds_count\{/m);
    await endOnSigterm();
  });

  it('lose no order where they are told to end: a create under way is finished, and whatever was answered is carried on by the next ones', async () => {
    await startReady();
    const { faults, ledger } = site.simulator;
    faults.set('slow', 'create', { kind: 'delay', delay_ms: 2_000 });
    await api.post('slow');
    await until('the create', () => ledger.hits('slow', 'create', 'delay') === 1);
    const references = Array.from({ length: 20 }, (_, index) => `burst-${index}`);
    const answers = references.map((reference) =>
      api.post(reference).then(
        ({ status }) => status,
        () => null,
      ),
    );
    await Promise.race(answers);
    await endOnSigterm();
    assert.equal(ledger.calls('slow', 'create')[0]?.outcome, 'answered');
    const statuses = await Promise.all(answers);
    const placed = references.filter((_, index) => statuses[index] === 202);
    assert.ok(placed.length > 0);

    await startReady();
    for (const reference of ['slow', ...placed]) {
      const order = await api.see(idOf(reference), 'the SMS', smsSent);
      assert.deepEqual([reference, order.status, order.attention], [reference, 'awaiting_customer', null]);
      assert.equal(ledger.orders(reference).length, 1);
    }
    await endOnSigterm();
  });

  it('serve before Temporal is there, and after it was away begin orders at once again', async () => {
    await site.temporal.end();
    await start();
    await until(
      'both live',
      async () => (await probe(api, '/readyz')) === 503 && (await probe(worker, '/readyz')) === 503,
    );
    await until('an answer', async () => (await api.post('early').catch(() => null))?.status === 503);
    await site.temporal.start();
    await untilReady(api, worker);
    await api.post('back');
    await api.see(idOf('back'), 'the SMS', smsSent);
    assert.equal(await begunAtOnce('back'), true);

    site.temporal.pause();
    const lost = await api.post('lost').finally(() => site.temporal.resume());
    assert.deepEqual([lost.status, lost.body.code], [503, 'temporal_unavailable']);
    await site.temporal.kill();
    await site.temporal.start();
    await untilReady(api, worker);
    await api.post('again');
    await api.see(idOf('again'), 'the SMS', smsSent);
    assert.equal(await begunAtOnce('again'), true);
    await endOnSigterm();
  });

  it('end on SIGTERM while they wait for Temporal', async () => {
    await start({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` });
    await until('the API listens', () => api.stdout().includes('"listening"'));
    await endOnSigterm();
  });

  for (const setting of ['API_PORT', 'API_ADMIN_PORT', 'WORKER_ADMIN_PORT']) {
    it(`end together where ${setting} is taken`, async (t) => {
      const server = createServer().listen(0, '127.0.0.1');
      t.after(() => server.close());
      await once(server, 'listening');
      await start({ [setting]: String((server.address() as AddressInfo).port) });
      assert.equal(await api.ended(), 1);
      assert.equal(api.stderr(), `all: ${setting}: cannot listen there (EADDRINUSE).\n`);
    });
  }

  it('need the secrets of both', async () => {
    await start({ SEQURA_PASSWORD: '' });
    assert.equal(await api.ended(), 78);
    assert.match(api.stderr(), /^MERCHANTS_FILE \/merchants\/0\/password: /m);
  });
});
