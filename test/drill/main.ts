// `npm run drill:restore [-- --seed N --seconds N]`: the runbook of a backup that is put back (docs/runbooks/backup-restored.md), carried out on the
// stack of docker-compose.yml under load, step by step and by its own commands. The judge of all tests looks at every order afterwards,
// beside a list of what only seQura knows. Needs Docker with Compose.
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { Stack } from '../../scripts/compose.ts';
import { explain, openStack, step } from '../../scripts/compose.ts';
import { payloadKeys } from '../../src/config/parsers.ts';
import { orderWorkflowId } from '../../src/order/ids.ts';
import { orderView } from '../../src/order/view.ts';
import { dataConverter } from '../../src/temporal/connection.ts';
import { readRun } from '../../src/gateway/read.ts';
import { collect, untilQuiet } from '../chaos/collect.ts';
import type { Shops } from '../chaos/people.ts';
import { openOperator, openShops } from '../chaos/people.ts';
import { chanceOf } from '../chaos/random.ts';
import type { Posted } from '../oracle/evidence.ts';
import { orderPath } from '../support/orders.ts';
import { replay } from '../support/replay.ts';
import { till } from '../support/till.ts';
import { until } from '../support/waits.ts';
import { watchSimulator } from './far-simulator.ts';
import type { Asked, Lost } from './judge-restore.ts';
import { backOfficeList, judgeRestore, whatWasLost } from './judge-restore.ts';
import { failures, report } from './report.ts';

const MERCHANT_ID = 'merchant_1';
const MERCHANT = {
  confirm_within_seconds: 75,
  create_retry_seconds: 20,
  settle_seconds: 3,
  cancel_overdue_seconds: 8,
  sms_limit: 5,
};
const SEQURA_TIMEOUT_MS = '2000';
const ORDER_EVERY_MS = 900;
/** Of a call whose worker was killed, until seQura has done what it does with it. */
const IN_FLIGHT_MS = 5_000;
const COMPARE_EVERY_MS = 3_000;
const PERSON_MS = 20_000;
const READ_TIMEOUT_MS = 5_000;
const REPAIRED_WITHIN_MS = 180_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string', default: '30' },
    careless: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
/** Of load, before the backup and after it. */
const loadMs = Number(values.seconds) * 1_000;
if (!Number.isInteger(seed) || !(loadMs > 0)) {
  console.error('npm run drill:restore -- [--seed N] [--seconds N] [--careless]');
  process.exit(1);
}

/** A command whose input or output is a file: `docker compose … <in >out`. */
async function piped(
  stack: Stack,
  args: string[],
  { input = '', from, to }: { input?: string; from?: string; to?: string },
): Promise<string> {
  const { args: line, ...options } = stack.commandOf(...args);
  const child = spawn('docker', line, { ...options, stdio: 'pipe' });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const errors = text(child.stderr);
  const fed = pipeline(from === undefined ? Readable.from([input]) : createReadStream(from), child.stdin).catch(
    () => {},
  );
  const read = to === undefined ? text(child.stdout) : pipeline(child.stdout, createWriteStream(to)).then(() => '');
  const [code, output] = await Promise.all([ended, read, fed]);
  // 3: something is left to do.
  if (code !== 0 && code !== 3)
    throw Object.assign(new Error(`docker compose ${args.join(' ')} ended with ${code}`), { stderr: await errors });
  return output;
}

const REPAIR = ['--json', '--tell', '--attach', '--by', 'drill'];

const compareWithSequra = (stack: Stack, list: string, ...options: string[]) =>
  piped(stack, ['run', '--rm', '--no-deps', '-T', 'api', 'temporal-orders', 'reconcile', '-', ...options], {
    input: list,
  });

/** A worker that has everything to make up for, on a busy machine, may be taken for unhealthy at first. */
async function up({ compose }: Stack): Promise<void> {
  for (let left = 3; left > 0; left -= 1) {
    const failure = await compose('up', '-d', '--wait').then(
      () => null,
      (error: unknown) => error,
    );
    if (failure === null) return;
    if (left === 1) throw failure;
  }
}

/** Short times, so that orders end within the drill. */
function quickMerchant(stack: Stack): void {
  const file = join(stack.secretsDir, 'merchants.json');
  const { merchants, api_keys } = JSON.parse(readFileSync(file, 'utf8')) as { merchants: object[]; api_keys: object[] };
  writeFileSync(file, JSON.stringify({ merchants: merchants.map((each) => ({ ...each, ...MERCHANT })), api_keys }));
}

/** Ids of Temporal, which has just been put back. */
async function forgottenOf(client: Client, ids: Iterable<string>): Promise<Set<string>> {
  const forgotten = new Set<string>();
  for (const id of ids)
    await client.workflow
      .getHandle(id)
      .describe()
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        forgotten.add(id);
      });
  return forgotten;
}

/** A till whose order is answered 404 places it again. */
async function placeAgain(
  shops: Shops,
  forgotten: ReadonlySet<string>,
  read: (id: string) => Promise<number>,
): Promise<number> {
  const first = new Map<string, Posted>();
  for (const post of shops.posted)
    if (post.id !== null && post.status < 300 && !first.has(post.id)) first.set(post.id, post);
  let again = 0;
  for (const [id, { reference, cents }] of first) {
    if (!forgotten.has(id) || (await read(id)) !== 404) continue;
    await until(`${id} is taken again`, async () => (await shops.post(reference, cents, 0)) < 300);
    again += 1;
  }
  return again;
}

async function drill(stack: Stack): Promise<boolean> {
  const { compose, port, settings } = stack;
  const backup = join(stack.secretsDir, 'backup.tar');
  Object.assign(settings, { SEQURA_TIMEOUT_MS, LOG_LEVEL: 'warn' });
  quickMerchant(stack);
  await step('the image is built', () => compose('build'));
  await step('every service is healthy', () => compose('up', '-d', '--wait'));

  const simulator = await watchSimulator(`http://127.0.0.1:${port.SIMULATOR_PORT}`);
  const ring = payloadKeys(false)(stack.secret('payload_keys'));
  const connection = await Connection.connect({ address: `127.0.0.1:${port.TEMPORAL_PORT}` });
  const client = new Client({ connection, dataConverter: dataConverter(ring, { replaceCorrupted: true }) });
  const asked: Asked[] = [];
  const apiOf = (key: string) => till(`http://127.0.0.1:${port.API_PORT}`, { key });
  const [shop, operator] = [apiOf(stack.apiKeys['pos-backend']), apiOf(stack.apiKeys.operator)];
  const call: typeof shop.call = (path, options) => {
    asked.push({ path, atMs: Date.now() });
    return shop.call(path, options);
  };
  const outside = { apis: [{ call }], simulator, client };
  const chance = chanceOf(seed);
  const shops = openShops(outside, chance.fork('shops'), Date.now() + 10 * 60_000);
  const statusOf = async (id: string) => (await operator.call(orderPath(id))).status;

  const closing = new AbortController();
  const customersCome = async () => {
    for (let number = 1; !closing.signal.aborted; number += 1) {
      void shops.live(number).catch(() => {});
      await sleep(ORDER_EVERY_MS);
    }
  };
  void customersCome();
  await step('orders are placed, signed, cancelled', () => sleep(loadMs));
  const backupMs = Date.now();
  await step('a backup is made meanwhile', () =>
    piped(
      stack,
      ['exec', '-T', 'postgres', 'pg_basebackup', '-U', 'temporal', '-D', '-', '-Ft', '-X', 'fetch', '-c', 'fast'],
      { to: backup },
    ),
  );
  await step('orders are placed, signed, cancelled', () => sleep(loadMs));
  closing.abort();

  await step('the database is lost', () => compose('kill', 'api', 'worker', 'ui', 'temporal', 'postgres'));
  await sleep(IN_FLIGHT_MS);
  const before = await simulator.look();
  const stoppedMs = Date.now();
  await step('the backup is put back', async () => {
    const putBack = 'find /var/lib/postgresql/data -mindepth 1 -delete && tar -xf - -C /var/lib/postgresql/data';
    await piped(stack, ['run', '--rm', '--no-deps', '-T', 'postgres', 'sh', '-c', putBack], { from: backup });
  });
  await step('Temporal runs on it', () => compose('up', '-d', '--wait', 'temporal'));
  const idsOf = ({ orders }: typeof before) =>
    new Set(orders.map(({ reference }) => orderWorkflowId(MERCHANT_ID, reference)));
  const forgotten = await forgottenOf(client, new Set([...shops.taken, ...idsOf(before)]));
  const lost: Lost = await whatWasLost(before, forgotten, async (id) => {
    const run = await readRun(client, id, READ_TIMEOUT_MS);
    return run === null ? null : orderView(run.order);
  });

  const list = backOfficeList(before);
  const listed = (await compareWithSequra(stack, list, '--forgotten')).split('\n').filter(Boolean);
  const told = await step('what seQura knows is told to the orders', () =>
    compareWithSequra(stack, list, '--json', '--tell'),
  );
  const restoredMs = Date.now();
  if (!values.careless) {
    const file = join(stack.secretsDir, 'forgotten_orders');
    writeFileSync(file, listed.join('\n'));
    Object.assign(
      settings,
      { RESTORED_AT: new Date(restoredMs).toISOString() },
      listed.length > 0 ? { FORGOTTEN_ORDERS_FILE: file } : {},
    );
  }
  await step('every service is healthy', () => up(stack));
  const again = await step('tills whose orders are forgotten place them again', () =>
    placeAgain(shops, forgotten, statusOf),
  );

  const repaired: string[] = [];
  await step('orders are told, and get the numbers they ask for', async () => {
    for (const giveUpMs = Date.now() + REPAIRED_WITHIN_MS; Date.now() < giveUpMs; await sleep(COMPARE_EVERY_MS)) {
      const open = (await compareWithSequra(stack, backOfficeList(await simulator.look()), ...REPAIR)).trim();
      if (!/"tasks":\[[^\]]*"(confirm|cancel|attach|wait)"/.test(open)) break;
      repaired.push(open);
    }
  });
  const person = openOperator({ ...outside, apis: [operator] }, chance.fork('operator'));
  for (const reference of lost.open.filter((_, index) => index % 2 === 0)) simulator.confirm(reference);
  await step('a new order is as any other', () => shops.probe(1));
  await step('a person answers the rest', () => sleep(PERSON_MS));
  person.stop();
  await step('every order ends, or asks a human', () => untilQuiet(outside, shops.taken));
  // Also what was signed since, and whose confirmation never came.
  await compareWithSequra(stack, backOfficeList(await simulator.look()), ...REPAIR);
  const quietMs = await untilQuiet(outside, shops.taken);
  const evidence = await collect(outside, shops.taken, shops.posted);
  const left = (await compareWithSequra(stack, backOfficeList(evidence.ledger), '--json')).trim();
  const histories = evidence.runs.map(({ id, history }) => ({ workflowId: id, history }));
  const findings = {
    lost: { ...lost, listed: listed.length },
    told,
    again,
    repaired,
    answered: person.answered,
    quietMs,
    left,
    replayed: await replay(histories, ring),
    evidence,
    verdict: judgeRestore(evidence, { backupMs, stoppedMs, restoredMs, forgotten, listed, asked }),
  };
  console.log(report(findings));
  simulator.stop();
  await connection.close();
  return failures(findings).length === 0;
}

const stack = await openStack('drill', ['test/drill/compose.yml']);
let passed = false;
try {
  console.log(`drill: seed ${seed}`);
  passed = await drill(stack);
} catch (error) {
  await explain(error, stack);
} finally {
  await stack.remove();
}
process.exit(passed ? 0 : 1);
