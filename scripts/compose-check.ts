// `npm run compose:check [-- --tls]`: builds the image, runs the whole stack of docker-compose.yml beside whatever else runs here, leads orders through it,
// restarts it, looks for what must not be there, and takes everything down. With `--tls` all parts speak TLS, by compose.tls.yaml. Needs Docker with
// Compose, and openssl.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { orderPath, orderRequest } from '../test/support/orders.ts';
import { explain, openStack, step } from './compose.ts';

type Order = { id: string; status: string; sms: { sent: number } };
type Ledger = { orders: { id: number; status: string }[]; calls: { kind: string }[] };
type Container = {
  Name: string;
  Config: { User: string; Env: string[]; Labels: Record<string, string> };
  HostConfig: {
    ReadonlyRootfs: boolean;
    CapDrop: string[];
    SecurityOpt: string[];
    PortBindings: Record<string, { HostIp: string }[]>;
  };
  Mounts: { Destination: string }[];
};
type Payload = { metadata?: Record<string, string>; data?: string };

const STOPPED_IN_ORDER = ['api', 'worker', 'desk', 'simulator', 'temporal', 'postgres'];
/** Of our processes, what each can read of the files in /run/secrets, and what Node lets it do besides reading its program and settings. */
const RIGHTS: Record<string, { secrets: string[]; may: string[] }> = {
  api: { secrets: ['merchant_1_webhook_token', 'merchants', 'payload_keys'], may: [] },
  worker: {
    secrets: ['forgotten_orders', 'merchant_1_password', 'merchants', 'payload_keys'],
    may: ['--allow-addons', '--allow-worker'],
  },
};
/** Beside them, where all parts speak TLS. */
const AS_CLIENT = ['authority', 'orders_certificate', 'orders_certificate_key'];
/** Of Temporal: its frontend, what only its own services call, and where they find one another. */
const TEMPORAL_PORTS = [7233, 7234, 7235, 6933, 6934, 6935, 6939];
const SURNAME = 'García Compose';

const byTls = process.argv.includes('--tls');
const stack = await openStack('check', byTls ? ['compose.tls.yaml'] : []);
const { compose, docker, secret, port } = stack;
const key = stack.apiKeys['pos-backend'];
const authorization = { authorization: `Bearer ${key}` };
const scheme = byTls ? 'https' : 'http';
const url = {
  api: `${scheme}://127.0.0.1:${port.API_PORT}`,
  codec: `${scheme}://localhost:${port.API_ADMIN_PORT}/codec`,
  ui: `${scheme}://localhost:${port.TEMPORAL_UI_PORT}`,
  simulator: `${scheme}://127.0.0.1:${port.SIMULATOR_PORT}`,
};
if (byTls) tls.setDefaultCACertificates([stack.secret('authority.pem')]);

async function json<T>(address: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(address, { ...init, signal: AbortSignal.timeout(30_000) });
  const text = await answer.text();
  assert.ok(answer.ok, `${init.method ?? 'GET'} ${address}: ${answer.status} ${text.slice(0, 500)}`);
  return JSON.parse(text) as T;
}
const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

const read = (id: string) => json<Order>(url.api + orderPath(id), { headers: authorization });
const ledger = (reference: string) => json<Ledger>(`${url.simulator}/_sim/ledger?reference=${reference}`);

async function sign(reference: string): Promise<void> {
  const number = (await ledger(reference)).orders[0]?.id;
  await json(`${url.simulator}/_sim/orders/${number}/confirm`, { method: 'POST' });
}

function place(reference: string): Promise<Order> {
  const order = orderRequest({ reference, surnames: SURNAME, nin: '12345678Z' });
  return json<Order>(`${url.api}/v1/orders`, post(order, authorization));
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `it never came to this: ${what}`);
    await sleep(200, undefined, { signal: stack.interrupted });
  }
}
const see = (id: string, what: string, holds: (order: Order) => boolean) =>
  until(`${id}: ${what}`, async () => holds(await read(id)));

async function throughTheUi(id: string): Promise<void> {
  const { history } = await json<{ history: { events: Record<string, { input?: { payloads: Payload[] } }>[] } }>(
    `${url.ui}/api/v1/namespaces/default/workflows/${encodeURIComponent(id)}/history`,
  );
  const payloads = history.events[0]?.['workflowExecutionStartedEventAttributes']?.input?.payloads ?? [];
  const text = (all: Payload[]) => all.map(({ data = '' }) => Buffer.from(data, 'base64').toString()).join();
  assert.equal(payloads.length, 1);
  assert.ok(!text(payloads).includes(SURNAME), 'Temporal holds no readable name');
  const decoded = await fetch(`${url.codec}/decode`, post({ payloads }, { origin: url.ui }));
  assert.equal(decoded.headers.get('access-control-allow-origin'), url.ui);
  assert.ok(text(((await decoded.json()) as { payloads: Payload[] }).payloads).includes(SURNAME), 'the codec shows it');
  const { Codec } = await json<{ Codec: { Endpoint: string } }>(`${url.ui}/api/v1/settings`);
  assert.equal(Codec.Endpoint, url.codec);
}

async function monitored(): Promise<void> {
  const prometheus = `http://127.0.0.1:${port.PROMETHEUS_PORT}`;
  type Targets = { data: { activeTargets: { scrapePool: string; health: string }[] } };
  await until('what is scraped answers', async () => {
    const { data } = await json<Targets>(`${prometheus}/api/v1/targets`);
    return data.activeTargets.length === 4 && data.activeTargets.every(({ health }) => health === 'up');
  });
  // Grafana is the same with and without.
  if (byTls) return;
  const grafana = `http://127.0.0.1:${port.GRAFANA_PORT}`;
  const pages = await json<{ uid: string }[]>(`${grafana}/api/search?tag=part-payment-orders`);
  assert.deepEqual(pages.map(({ uid }) => uid).toSorted(), ['orders-business', 'orders-engine', 'orders-provider']);
  const source = `${grafana}/api/datasources/uid/prometheus/resources/api/v1/label/merchant_id/values`;
  assert.deepEqual((await json<{ data: string[] }>(source)).data, ['merchant_1']);
}

async function nothingToSteal(): Promise<void> {
  const ids = (await compose('ps', '-aq')).trim().split('\n');
  const containers = JSON.parse(await docker('inspect', ...ids)) as Container[];
  for (const { Name, Config, HostConfig, Mounts } of containers) {
    assert.ok(!['', 'root', '0'].includes(Config.User), `${Name} runs as root`);
    assert.ok(HostConfig.ReadonlyRootfs, `${Name} can write to its image`);
    assert.ok(HostConfig.CapDrop.includes('ALL'), `${Name} has capabilities`);
    assert.ok(HostConfig.SecurityOpt.includes('no-new-privileges:true'), `${Name} may gain privileges`);
    for (const { HostIp } of Object.values(HostConfig.PortBindings).flat())
      assert.equal(HostIp, '127.0.0.1', `${Name} is reached from outside`);
    const rights = RIGHTS[Config.Labels['com.docker.compose.service'] ?? ''];
    if (rights === undefined) continue;
    const mounted = Mounts.map(({ Destination }) => Destination).filter((path) => path.startsWith('/run/secrets/'));
    const secrets = [...rights.secrets, ...(byTls ? AS_CLIENT : [])].toSorted();
    assert.deepEqual(mounted.map((path) => path.slice('/run/secrets/'.length)).toSorted(), secrets, Name);
    const running = await docker('top', Name.slice(1), '-eo', 'pid,args');
    const may = running.match(/--allow-(?!fs-read)[\w-]+/g) ?? [];
    assert.match(running, /node .*--permission /, `${Name} runs with all rights`);
    assert.deepEqual(may, rights.may, Name);
  }
  const inside = await compose('exec', '-T', 'api', 'sh', '-c', 'id -u; touch /app/x 2>&1; ls -A /app');
  assert.match(
    inside,
    /^1000\n.*Read-only file system\nca-certificates\.crt\nclients\ndist\nnode_modules\npackage\.json\n$/,
  );

  const packages = JSON.parse(await compose('exec', '-T', 'api', 'cat', 'dist/sbom.cdx.json')) as { bomFormat: string };
  assert.equal(packages.bomFormat, 'CycloneDX');

  const image = await docker('history', '--no-trunc', stack.image);
  const places = { image, containers: JSON.stringify(containers), logs: await compose('logs', '--no-color') };
  const isSecret = (name: string) => name !== 'merchants.json' && !name.endsWith('.pem');
  const values = [...readdirSync(stack.secretsDir).filter(isSecret).map(secret), key];
  for (const [place, text] of Object.entries(places)) {
    for (const value of [...values, SURNAME]) assert.ok(!text.includes(value), `a secret or a name in ${place}`);
  }
}

/** Nobody gets anywhere without TLS, or without a certificate where one is asked for. */
async function onlyTls(): Promise<void> {
  const psql = (mode: string, query: string) =>
    compose(
      'exec',
      '-T',
      'postgres',
      'sh',
      '-c',
      `PGPASSWORD=$(cat /run/secrets/postgres_password) psql -At -U temporal -c "${query}" "${mode}"`,
    );
  const refused = psql('host=127.0.0.1 dbname=temporal sslmode=disable', 'select 1');
  await assert.rejects(refused, /no encryption/);
  const plain =
    'select count(*) filter (where not ssl), count(*) from pg_stat_ssl join pg_stat_activity using (pid) where client_addr is not null';
  const [withoutTls, all] = (await psql('dbname=temporal', plain)).trim().split('|').map(Number);
  assert.equal(withoutTls, 0);
  assert.ok(Number(all) > 5, `${all} connections to PostgreSQL`);

  const file = (name: string) => `fs.readFileSync('/run/secrets/${name}')`;
  const handshakes = `
    const { connect } = require('node:tls');
    const own = { cert: ${file('orders_certificate')}, key: ${file('orders_certificate_key')} };
    for (const port of [${TEMPORAL_PORTS.join()}]) for (const who of ['own', 'nobody']) {
      const socket = connect({ host: 'temporal', port, ca: ${file('authority')}, ALPNProtocols: ['h2'], ...(who === 'own' ? own : {}) });
      let told = false;
      const tell = (how) => { if (!told) console.log(port, who, how); told = true; socket.destroy(); };
      socket.on('secureConnect', () => setTimeout(() => tell(socket.authorized ? 'in' : 'not trusted'), 1_000));
      socket.on('error', () => tell('refused')).on('close', () => tell('refused')).on('end', () => tell('refused')).resume();
    }`;
  const told = await compose('exec', '-T', 'worker', 'node', '-e', handshakes);
  const expected = TEMPORAL_PORTS.flatMap((port) => [`${port} nobody refused`, `${port} own in`]);
  assert.deepEqual(told.trim().split('\n').toSorted(), expected.toSorted());

  const withoutCertificate = ['-e', 'TEMPORAL_TLS_CLIENT_CERT_PATH=', '-e', 'TEMPORAL_TLS_CLIENT_KEY_PATH='];
  await assert.rejects(
    compose('exec', '-T', ...withoutCertificate, 'worker', 'temporal-orders', 'list'),
    /client certificate/,
  );
  for (const address of Object.values(url)) {
    const answer = await fetch(address.replace('https:', 'http:')).catch(() => null);
    assert.ok(answer === null || answer.status === 400, `${address} answers without TLS: ${answer?.status}`);
  }
}

async function check(): Promise<void> {
  await step('the image is built', () => compose('build'));
  await step('every service is healthy', () => compose('up', '-d', '--wait'));

  const first = await step('an order is confirmed', async () => {
    const { id } = await place('first');
    await see(id, 'its SMS', ({ sms }) => sms.sent === 1);
    await sign('first');
    await see(id, 'confirmed', ({ status }) => status === 'confirmed');
    return id;
  });
  await step('operators find it by their command line, in the image', async () => {
    const found = await compose('exec', '-T', 'api', 'temporal-orders', 'list', '--status', 'confirmed', '--json');
    assert.match(found, new RegExp(`"${first}"`));
  });
  await step('the UI shows it, and its payload through the codec only', () => throughTheUi(first));

  if (byTls) await step('nobody gets in without TLS, or without a certificate', onlyTls);

  const second = await step('a worker restarted in the middle of a create loses nothing', async () => {
    const fault = { reference: 'second', call: 'create', kind: 'delay', delay_ms: 6_000 };
    await json(`${url.simulator}/_sim/faults`, post(fault));
    const { id } = await place('second');
    await until('the create is under way', async () => (await ledger('second')).calls.length > 0);
    await compose('restart', 'worker');
    await see(id, 'its SMS', ({ sms }) => sms.sent === 1);
    assert.equal((await ledger('second')).calls.filter(({ kind }) => kind === 'create').length, 1);
    return id;
  });
  await step('Prometheus scrapes all, and Grafana has its pages', async () => {
    await compose('--profile=monitoring', 'up', '-d', '--wait', ...(byTls ? ['prometheus'] : []));
    await monitored();
  });
  await step(
    'no root, nothing writable, nothing reached from outside, narrow rights, no secret or personal data in the image, the containers or their logs',
    nothingToSteal,
  );

  await step('everything ends in order', async () => {
    await compose('stop');
    const codes = await compose('ps', '-a', '--format', '{{.Service}} {{.ExitCode}}');
    for (const service of STOPPED_IN_ORDER) assert.match(codes, new RegExp(`^${service} 0$`, 'm'));
  });
  await step('a stack made anew has the orders, and so has the simulator', async () => {
    await compose('down');
    await compose('up', '-d', '--wait');
    await see(first, 'confirmed', ({ status }) => status === 'confirmed');
    await see(second, 'awaiting_customer', ({ status }) => status === 'awaiting_customer');
    assert.equal((await ledger('first')).orders[0]?.status, 'confirmed');
    await sign('second');
    await see(second, 'confirmed', ({ status }) => status === 'confirmed');
  });
}

try {
  await check();
  console.log('The containers work.');
} catch (error) {
  await explain(error, stack);
  process.exitCode = 1;
} finally {
  await stack.remove();
}
