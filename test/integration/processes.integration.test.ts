// `npm run start:api` and `npm run start:worker` as processes of their own: side by side, told to end, killed, misconfigured, without Temporal.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { after, before, describe, it } from 'node:test';
import type { Payload } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { freePort } from '../../src/dev/temporal.ts';
import { SEARCH_ATTRIBUTES } from '../../src/order/search-attributes.ts';
import { CANARIES, payloadKeysSetting, WEBHOOK_PATH, WRONG_PAYLOAD_KEY } from '../support/canaries.ts';
import { merchantsFile } from '../support/config-fixtures.ts';
import { orderPath } from '../support/orders.ts';
import type { Program, Settings } from '../support/programs.ts';
import { everyOutput, npmRun } from '../support/programs.ts';
import { readEvents } from '../support/reader.ts';
import type { Site, Started, StartedApi } from '../support/site.ts';
import { openSite, probe, untilReady } from '../support/site.ts';
import { call } from '../support/till.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';

/** http-api.md: of a start with wrong settings, and until the loss of Temporal shows. */
const LIMIT_MS = 5_000;

describe('the processes', () => {
  let site: Site;
  let client: Client;
  /** A second site, whose processes run from the beginning and whose Temporal does not. */
  let early: { site: Site; api: StartedApi; worker: Started };

  before(async () => {
    const apart = await openSite({ temporal: 'not yet', apis: [], workers: 0 });
    early = { site: apart, api: await apart.startApi(), worker: await apart.startWorker() };
    site = await openSite({ temporal: 'in memory', apis: [], workers: 0 });
    ({ client } = site);
  });

  after(async () => {
    await site.close();
    await early.site.close();
  });

  /** What an order was started with, as Temporal keeps it. */
  async function inputOf(id: string): Promise<Payload> {
    const { events } = await client.workflow.getHandle(id).fetchHistory();
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    assert.ok(payload !== undefined);
    return payload;
  }

  const encodingOf = ({ metadata }: Payload) => Buffer.from(metadata?.['encoding'] ?? []).toString();

  async function placed(api: StartedApi, reference: string): Promise<string> {
    const { status, body } = await api.post(reference);
    assert.equal(status, 202);
    await api.see(body.id, 'the SMS', smsSent);
    return body.id;
  }

  async function endOnSigterm(...programs: Program[]): Promise<void> {
    for (const program of programs) program.terminate();
    for (const { script, ended, stderr } of programs)
      assert.deepEqual([script, await ended(), stderr()], [script, 0, '']);
  }

  describe('side by side', () => {
    let api: StartedApi;
    let worker: Started;
    before(async () => {
      [api, worker] = await Promise.all([site.startApi(), site.startWorker()]);
      await untilReady(api, worker);
    });

    it('carry an order from its request to its confirmation', async () => {
      const id = await placed(api, 'first');
      assert.equal(encodingOf(await inputOf(id)), 'binary/encrypted');
      site.simulator.confirm('first');
      assert.equal((await api.see(id, 'the end', closed)).status, 'confirmed');
      assert.equal(site.simulator.ledger.orders('first').length, 1);
      await until('the merchant has been told', () => site.endpoint.received.length === 3);
    });

    it('say on their admin ports that they live, that they are ready, and what they have counted', async () => {
      for (const started of [api, worker]) {
        assert.deepEqual([await probe(started, '/livez'), await probe(started, '/readyz')], [200, 200]);
      }
      const metricsOf = async ({ admin }: Started) => (await call<string>(`${admin}/metrics`)).body;
      const [ofApi, ofWorker] = await Promise.all([metricsOf(api), metricsOf(worker)]);
      assert.match(ofApi, /^api_request_duration_seconds_count\{.*route="\/v1\/orders",status="202".*\} 1$/m);
      assert.match(ofApi, /^api_webhooks_total\{merchant_id="merchant_1",outcome="signalled"\} 1$/m);
      assert.match(ofWorker, /^sequra_call_duration_seconds_count\{call="createOrder",outcome="done"\} 1$/m);
      assert.match(ofWorker, /^notifications_total\{merchant_id="merchant_1",outcome="http_500"\} 1$/m);
      assert.match(ofWorker, /^notifications_total\{merchant_id="merchant_1",outcome="delivered"\} 2$/m);
    });

    it('show a webhook that nearly matches an order, and leave the order as it is', async () => {
      const reference = 'Till 7 001';
      const id = await placed(api, reference);
      const before = await api.see(id, 'the SMS', smsSent);
      const send = (fields: Record<string, string>) =>
        fetch(api.url + WEBHOOK_PATH, { method: 'POST', body: new URLSearchParams(fields) });
      assert.equal((await send({ event: 'order/confirmed', event_id: 'n', order_ref_1: 'Till-7-001' })).status, 200);
      const line = await until(
        'the line',
        () =>
          worker
            .stdout()
            .split('\n')
            .find((text) => text.includes('nearly matches')) ?? null,
      );
      const { webhook, status, ...facts } = JSON.parse(line) as Record<string, string>;
      assert.deepEqual([facts['id'], facts['level'], status], [id, 'warn', 'awaiting_customer']);
      const { body: metrics } = await call<string>(`${worker.admin}/metrics`);
      assert.match(
        metrics,
        /^webhooks_nearly_matched_total\{merchant_id="merchant_1",status="awaiting_customer"\} 1$/m,
      );
      // The record is found by the reference of the order.
      const found = await until('the record', async () => {
        const query = `WorkflowType = 'unmatchedWebhookWorkflow' AND OrderReference = '${reference}'`;
        for await (const info of client.workflow.list({ query })) return info;
        return null;
      });
      assert.deepEqual([found.workflowId, found.status.name], [webhook, 'COMPLETED']);
      const { body: after } = await api.call(orderPath(id));
      assert.deepEqual(after, before);
    });

    it('make an order readable for the Temporal UI', async () => {
      const { metadata, data } = await inputOf('order:merchant_1:first');
      const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
      const sealed = {
        metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
        data: base64(data ?? new Uint8Array()),
      };
      const { status, headers, body } = await call<{ payloads: { data: string }[] }>(`${api.admin}/codec/decode`, {
        method: 'POST',
        headers: { origin: 'http://localhost:8233' },
        json: { payloads: [sealed] },
      });
      assert.deepEqual([status, headers['access-control-allow-origin']], [200, 'http://localhost:8233']);
      const [readable] = body.payloads;
      assert.match(Buffer.from(readable?.data ?? '', 'base64').toString(), /"reference":"first"/);
    });

    it('make one order at seQura of twenty identical requests to two APIs, with two workers', async () => {
      const [secondApi, secondWorker] = await Promise.all([
        site.startApi({ API_PORT: String(await freePort()) }),
        site.startWorker(),
      ]);
      await untilReady(secondApi, secondWorker);
      const answers = await Promise.all(
        [api, secondApi].flatMap((each) => Array.from({ length: 10 }, () => each.post('twenty'))),
      );
      assert.deepEqual(
        answers.map(({ status }) => status).toSorted((a, b) => a - b),
        [...Array<number>(19).fill(200), 202],
      );
      for (const each of [api, secondApi]) await each.see('order:merchant_1:twenty', 'the SMS', smsSent);
      assert.equal(site.simulator.ledger.calls('twenty', 'create').length, 1);
      assert.equal(site.simulator.ledger.orders('twenty').length, 1);
      await endOnSigterm(secondApi, secondWorker);
    });

    it('end on SIGTERM: a worker finishes the create that is under way and reports it, and the next one goes on', async () => {
      const { faults, ledger } = site.simulator;
      faults.set('deployed', 'create', { kind: 'delay', delay_ms: 2_000 });
      const { body } = await api.post('deployed');
      await until('the create', () => ledger.hits('deployed', 'create', 'delay') === 1);
      worker.terminate();
      await until('the worker drains', async () => (await probe(worker, '/readyz')) === 503);
      assert.equal(ledger.calls('deployed', 'create')[0]?.outcome, 'under_way');
      assert.deepEqual([await worker.ended(), worker.stderr()], [0, '']);
      assert.equal(ledger.calls('deployed', 'create')[0]?.outcome, 'answered');
      const { events } = await client.workflow.getHandle(body.id).fetchHistory();
      assert.ok(events?.some((event) => event.activityTaskCompletedEventAttributes != null));

      worker = await site.startWorker();
      const order = await api.see(body.id, 'the SMS', smsSent);
      assert.deepEqual([order.status, order.attention], ['awaiting_customer', null]);
      assert.equal(ledger.orders('deployed').length, 1);
    });

    it('end on SIGTERM: an API gives every answer that it owes, held ones at once, and takes no further connection', async (t) => {
      const { faults, ledger } = site.simulator;
      const [held, slow] = await Promise.all([placed(api, 'held'), placed(api, 'slow')]);
      const etag = String((await api.call(orderPath(held))).headers['etag']);
      faults.set('slow', 'cancel', { kind: 'delay', delay_ms: 2_000 });
      const halfSent = connect(Number(new URL(api.url).port), '127.0.0.1');
      t.after(() => halfSent.destroy());
      halfSent.write('GET /nowhere HTTP/1.1\r\nHost: api\r\n');

      const ends: string[] = [];
      const noted = <T>(what: string, work: Promise<T>) => work.finally(() => ends.push(what));
      const heldRead = { headers: { 'if-none-match': etag }, keepAlive: true };
      const read = noted('read', api.call(`${orderPath(held)}?wait=20`, heldRead));
      const reader = readEvents(api.url, held);
      await reader.sees('the order', () => true);
      const cancel = noted('cancel', api.call(orderPath(slow, '/cancel'), { method: 'POST' }));
      const end = noted('process', api.ended());
      await until('the cancel', () => ledger.hits('slow', 'cancel', 'delay') === 1);
      assert.deepEqual(ends, []);
      api.terminate();

      const { status, headers } = await read;
      assert.deepEqual([status, headers['connection']], [304, 'close']);
      await reader.ended;
      assert.deepEqual([reader.statuses, ends], [[200], ['read']]);
      assert.deepEqual([await probe(api, '/livez'), await probe(api, '/readyz')], [200, 503]);
      await assert.rejects(api.call('/v1/orders'), { code: 'ECONNREFUSED' });
      halfSent.write('\r\n');
      assert.match(await text(halfSent), /^HTTP\/1\.1 404 [^]*\r\nConnection: close\r\n/);
      const { body } = await cancel;
      assert.equal(body.order?.status, 'cancelled');
      assert.deepEqual([await end, api.stderr()], [0, '']);
      assert.deepEqual(ends, ['read', 'cancel', 'process']);
      await endOnSigterm(worker);
    });
  });

  it('that are killed: an order whose create a worker was making is put before a human, and not made again', async () => {
    const { faults, ledger } = site.simulator;
    const apart: Settings = {
      TASK_QUEUE: 'killed',
      API_PORT: String(await freePort()),
      SEQURA_TIMEOUT_MS: '1000',
      LOG_LEVEL: 'trace',
    };
    const [api, worker] = await Promise.all([site.startApi(apart), site.startWorker(apart)]);
    await untilReady(api, worker);
    faults.set('killed', 'create', { kind: 'delay', delay_ms: 10_000 });
    const { body } = await api.post('killed');
    await until('the create', () => ledger.hits('killed', 'create', 'delay') === 1);
    worker.kill();
    assert.equal(await worker.ended(), 'SIGKILL');
    assert.equal(await probe(worker, '/livez'), 'ECONNREFUSED');
    assert.equal(ledger.orders('killed').length, 1);

    const next = await site.startWorker(apart);
    const order = await api.see(body.id, 'the attention', asksHuman);
    assert.deepEqual([order.status, order.attention?.reason], ['creating', 'create_outcome_unknown']);
    assert.equal(ledger.calls('killed', 'create').length, 1);
    await endOnSigterm(api, next);
  });

  describe('misconfigured', () => {
    const SCRIPTS = ['start:api', 'start:worker'];

    /** A port that somebody else has until the test ends, and who came. */
    async function takenPort(t: TestContext): Promise<{ port: string; connections: () => number }> {
      let connections = 0;
      const server = createServer(() => (connections += 1)).listen(0, '127.0.0.1');
      t.after(() => server.close());
      await once(server, 'listening');
      return { port: String((server.address() as AddressInfo).port), connections: () => connections };
    }

    for (const script of SCRIPTS) {
      it(`npm run ${script} ends in time with every mistake named and no value shown`, async () => {
        const wrong: Settings = {
          TEMPORAL_ADDRESS: 'http://canary',
          TASK_QUEUE: 'canary canary',
          SEQURA_BASE_URL: 'canary',
          SEQURA_TIMEOUT_MS: 'canary',
          PAYLOAD_KEYS: 'canary:canary',
          API_PORT: 'canary',
          API_ADMIN_PORT: 'canary',
          WORKER_ADMIN_PORT: 'canary',
          RATE_LIMIT_PER_SECOND: 'canary',
          LOG_LEVEL: 'canary',
        };
        const merchant = { id: 'canary canary', country: 'canary', username: 'canary:', password: { env: 'canary' } };
        const document = { merchants: [{ ...merchant, webhook_tokens: ['canary'] }], api_keys: ['canary'] };
        const startedAt = performance.now();
        const program = npmRun(script, { ...wrong, MERCHANTS_FILE: merchantsFile(document) });
        assert.notEqual(await program.ended(), 0);
        assert.ok(performance.now() - startedAt < LIMIT_MS);
        const secrets = script === 'start:worker' ? ['password', 'webhook_tokens/0'] : ['webhook_tokens/0'];
        const pointers = ['id', 'country', 'username', ...secrets].map((name) => `/merchants/0/${name}`);
        const places = [...pointers, '/api_keys/0'].map((pointer) => `MERCHANTS_FILE ${pointer}`);
        const named = program
          .stderr()
          .split('\n')
          .map((line) => line.split(':')[0]);
        for (const source of [...Object.keys(wrong), ...places]) assert.ok(named.includes(source), source);
        assert.doesNotMatch(program.stderr() + program.stdout(), /canary/);
      });

      it(`npm run ${script} ends in time where settings are missing, and has connected to nothing`, async (t) => {
        const { port, connections } = await takenPort(t);
        const address = `127.0.0.1:${port}`;
        const startedAt = performance.now();
        const program = npmRun(script, { TEMPORAL_ADDRESS: address, SEQURA_BASE_URL: `http://${address}` });
        assert.notEqual(await program.ended(), 0);
        assert.ok(performance.now() - startedAt < LIMIT_MS);
        for (const name of ['PAYLOAD_KEYS', 'MERCHANTS_FILE']) {
          assert.match(program.stderr(), new RegExp(`^${name}: is required and not set\\.$`, 'm'));
        }
        assert.equal(connections(), 0);
      });
    }

    for (const [script, setting] of [
      ['start:api', 'API_PORT'],
      ['start:api', 'API_ADMIN_PORT'],
      ['start:worker', 'WORKER_ADMIN_PORT'],
    ] as const) {
      it(`npm run ${script} ends with one sentence where ${setting} is taken`, async (t) => {
        const { port } = await takenPort(t);
        const free = { API_PORT: '0', API_ADMIN_PORT: '0', WORKER_ADMIN_PORT: '0' };
        const program = npmRun(script, { ...site.settings, ...free, [setting]: port });
        assert.notEqual(await program.ended(), 0);
        assert.match(program.stderr(), new RegExp(`^\\w+: ${setting}: cannot listen there \\(EADDRINUSE\\)\\.\\n$`));
      });
    }

    it('end at once where the namespace lacks search attributes, and run after npm run setup:temporal', async () => {
      const namespace = 'bare';
      const seconds = 86_400 as never;
      await client.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds } });
      const attributes = async () =>
        (await client.connection.operatorService.listSearchAttributes({ namespace })).customAttributes;
      assert.deepEqual(await attributes(), {});
      const there = { TEMPORAL_NAMESPACE: namespace, API_PORT: String(await freePort()) };
      for (const program of await Promise.all([site.startApi(there), site.startWorker(there)])) {
        assert.notEqual(await program.ended(), 0);
        assert.match(program.stderr(), /npm run setup:temporal/);
        for (const name of Object.keys(SEARCH_ATTRIBUTES)) assert.match(program.stderr(), new RegExp(`\\b${name}\\b`));
      }

      const setUp = async () => {
        const program = npmRun('setup:temporal', {
          TEMPORAL_ADDRESS: site.temporal.address,
          TEMPORAL_NAMESPACE: namespace,
        });
        assert.deepEqual([await program.ended(), program.stderr()], [0, '']);
        return attributes();
      };
      const registered = await setUp();
      assert.deepEqual(Object.keys(registered).toSorted(), Object.keys(SEARCH_ATTRIBUTES).toSorted());
      assert.deepEqual(await setUp(), registered);
      const programs = await Promise.all([site.startApi(there), site.startWorker(there)]);
      await untilReady(...programs);
      await endOnSigterm(...programs);
    });
  });

  describe('with other payload keys', () => {
    it('run orders in the clear where encryption is switched off', async () => {
      const clear: Settings = { TASK_QUEUE: 'clear', DEVELOPMENT: 'true', PAYLOAD_ENCRYPTION: 'off', PAYLOAD_KEYS: '' };
      const [api, worker] = await Promise.all([site.startApi(clear), site.startWorker(clear)]);
      await untilReady(api, worker);
      const id = await placed(api, 'clear');
      assert.equal(encodingOf(await inputOf(id)), 'json/plain');
      site.simulator.confirm('clear');
      assert.equal((await api.see(id, 'the end', closed)).status, 'confirmed');
      await endOnSigterm(api, worker);
    });

    it('do nothing with an order that the worker cannot read, and all of it once one can', async () => {
      const locked: Settings = { TASK_QUEUE: 'locked' };
      const [api, blind] = await Promise.all([
        site.startApi(locked),
        site.startWorker({ ...locked, PAYLOAD_KEYS: payloadKeysSetting(WRONG_PAYLOAD_KEY) }),
      ]);
      await untilReady(api, blind);
      const { body } = await api.post('locked');
      await until('the failure', async () => {
        const { events } = await client.workflow.getHandle(body.id).fetchHistory();
        return events?.some((event) => event.workflowTaskFailedEventAttributes != null) ?? false;
      });
      await until('its line', () => blind.stdout().includes('PayloadUnreadableError'));
      const { status, body: order } = await api.call(orderPath(body.id));
      assert.deepEqual([status, order.status, order.attention], [200, 'creating', null]);
      assert.deepEqual(site.simulator.ledger.calls('locked'), []);
      await endOnSigterm(blind);

      const worker = await site.startWorker(locked);
      await api.see(body.id, 'the SMS', smsSent);
      assert.equal(site.simulator.ledger.calls('locked', 'create').length, 1);
      await endOnSigterm(api, worker);
    });
  });

  describe('without Temporal', () => {
    /** As a proxy whose Temporal is just coming back: it holds calls until `refuse`, and one kind is answered, first to whoever came first. */
    async function halfBack(t: TestContext): Promise<{ address: string; held: () => number; refuse: () => void }> {
      const held = new Set<ServerHttp2Stream>();
      const sessions = new Set<ServerHttp2Session>();
      const server = createHttp2Server().listen(0, '127.0.0.1');
      t.after(() => {
        for (const session of sessions) session.destroy();
        server.close();
      });
      const HEADERS = { ':status': 200, 'content-type': 'application/grpc' };
      const answer = (stream: ServerHttp2Stream) => {
        if (stream.destroyed) return;
        stream.respond(HEADERS, { waitForTrailers: true });
        stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        // An empty message.
        stream.end(Buffer.alloc(5));
      };
      server.on('session', (session) => sessions.add(session));
      server.on('stream', (stream, { ':path': path }) => {
        stream.on('error', () => {}).once('close', () => held.delete(stream));
        const [first] = sessions;
        if (path?.endsWith('/GetSystemInfo') !== true) held.add(stream);
        else setTimeout(answer, stream.session === first ? 0 : 400, stream);
      });
      await once(server, 'listening');
      return {
        address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        held: () => held.size,
        refuse() {
          for (const stream of held) stream.respond({ ...HEADERS, 'grpc-status': '14' }, { endStream: true });
        },
      };
    }

    async function bothAnswer(status: number, withinMs?: number): Promise<void> {
      const both = [early.api, early.worker].map(async (started) => {
        await until(
          `${started.script} answers ${status}`,
          async () => (await probe(started, '/readyz')) === status,
          withinMs,
        );
        assert.equal(await probe(started, '/livez'), 200);
      });
      await Promise.all(both);
    }

    it('end on SIGTERM while they wait for it', async () => {
      const nowhere = { TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`, API_PORT: String(await freePort()) };
      const programs = await Promise.all([site.startApi(nowhere), site.startWorker(nowhere)]);
      for (const started of programs) {
        await until('the start', async () => (await probe(started, '/readyz')) === 503);
        assert.equal(await probe(started, '/livez'), 200);
      }
      await endOnSigterm(...programs);
    });

    it('end on SIGTERM while calls that were refused are to be repeated', async (t) => {
      const { address, held, refuse } = await halfBack(t);
      const api = await site.startApi({ TEMPORAL_ADDRESS: address, API_PORT: String(await freePort()) });
      await until('the API listens', () => api.stdout().includes('"listening"'));
      await until('a call', () => held() > 0);
      refuse();
      await endOnSigterm(api);
    });

    it('that were started long before it get ready when it is there', async () => {
      await bothAnswer(503);
      await early.site.temporal.start();
      await bothAnswer(200);
    });

    it('are not ready within 5 s where it hangs, and ready again when it goes on', async () => {
      const id = await placed(early.api, 'hung');
      early.site.temporal.pause();
      try {
        await bothAnswer(503, LIMIT_MS);
        const { status, body, ms } = await early.api.call(orderPath(id));
        assert.deepEqual([status, body.code], [503, 'temporal_unavailable']);
        assert.ok(ms < LIMIT_MS, `${ms} ms`);
      } finally {
        early.site.temporal.resume();
      }
      await bothAnswer(200);
      early.site.simulator.confirm('hung');
      assert.equal((await early.api.see(id, 'the end', closed)).status, 'confirmed');
    });

    it('are not ready within 5 s where it is killed, and a confirmation from then is not lost when it is back', async () => {
      const { simulator } = early.site;
      const id = await placed(early.api, 'outlived');
      await early.site.temporal.kill();
      await bothAnswer(503, LIMIT_MS);
      simulator.confirm('outlived');
      const tries = () => simulator.ledger.webhooks('outlived')[0]?.tries ?? [];
      assert.equal(await until('an answer', () => tries()[0]?.http_status ?? null), 503);

      await early.site.temporal.start();
      await bothAnswer(200);
      assert.equal((await early.api.see(id, 'the end', closed)).status, 'confirmed');
      await simulator.idle();
      assert.deepEqual(
        [tries().at(-1)?.http_status, simulator.ledger.webhooks('outlived')[0]?.state],
        [200, 'delivered'],
      );
      assert.equal(simulator.ledger.orders('outlived').length, 1);
      await endOnSigterm(early.api, early.worker);
    });
  });

  describe('write', () => {
    const lines = () =>
      everyOutput()
        .stdout.split('\n')
        .filter((line) => line !== '' && !line.startsWith('Namespace '));
    const records = () => lines().map((line) => JSON.parse(line) as Record<string, unknown>);

    it('a line of JSON each time, with its time, its level and the process', () => {
      assert.ok(lines().length > 100, 'there is something to look at');
      for (const { level, time, process: name, msg } of records()) {
        assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
        assert.match(`${String(name)} ${String(level)}`, /^(api|worker) (trace|debug|info|warn|error|fatal)$/);
        assert.equal(typeof msg, 'string');
      }
    });

    it('the id into every line that is about an order', () => {
      const aboutOrders = records().filter(
        ({ workflow_type: type, route, status }) =>
          type === 'orderWorkflow' || (String(route).startsWith('/v1/orders') && Number(status) < 400),
      );
      for (const name of ['api', 'worker'])
        assert.ok(
          aboutOrders.some((record) => record['process'] === name),
          name,
        );
      for (const record of aboutOrders)
        assert.match(String(record['id']), /^order:merchant_1:/, JSON.stringify(record));
    });

    it('no personal datum, key, token or password anywhere', () => {
      const { stdout, stderr } = everyOutput();
      for (const canary of CANARIES) assert.ok(!stdout.includes(canary) && !stderr.includes(canary), canary);
    });
  });
});
