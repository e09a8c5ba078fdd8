// The threads of workflows, with what a worker loads into them and without.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { Background } from '../../src/dev/background.ts';
import { runInBackground } from '../../src/dev/background.ts';
import type { RunningTemporal } from '../../src/dev/temporal.ts';
import { startDevServer } from '../support/temporal.ts';
import { until } from '../support/waits.ts';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PRELOAD = `--import=${file('../../src/temporal/workflow-thread.ts')}`;

/** Each try of a stuck run keeps the thread for five seconds, or ten, and tries come again and again. */
const GOES_ON_WITHIN_MS = 180_000;

describe('the threads of workflows', () => {
  let temporal: RunningTemporal;
  let connection: Connection;
  let client: Client;
  const workers: Background[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'workflow-threads-'));
  const logOf = (taskQueue: string) => join(folder, `${taskQueue}.log`);
  before(async () => {
    temporal = await startDevServer();
    connection = await Connection.connect({ address: temporal.address });
    client = new Client({ connection });
    for (const [taskQueue, flags] of [
      ['as the SDK has them', []],
      ['as a worker has them', [PRELOAD]],
    ] as const) {
      const args = [...process.execArgv.filter((arg) => arg.startsWith('--conditions')), ...flags];
      const script = [file('../support/trying-worker.ts'), temporal.address, taskQueue];
      workers.push(
        runInBackground(process.execPath, [...args, ...script], { env: process.env, logFile: logOf(taskQueue) }),
      );
    }
  });
  after(async () => {
    await Promise.all(workers.map(({ stop }) => stop()));
    await connection.close();
    await temporal.stop();
    rmSync(folder, { recursive: true });
  });

  let started = 0;
  const start = (workflow: string, taskQueue = 'as a worker has them') =>
    client.workflow.start(workflow, { workflowId: `${workflow} ${(started += 1)}`, taskQueue });

  async function anotherEnds(): Promise<void> {
    const other = await start('ends');
    const hasEnded = async () => (await other.describe()).status.name === 'COMPLETED';
    await until('another run ends', hasEnded, GOES_ON_WITHIN_MS);
  }

  it('asks a run for what it logs where it logs something, and no other', async () => {
    const linesOf = (taskQueue: string) => readFileSync(logOf(taskQueue), 'utf8').split('\n');
    const saidIn = async (taskQueue: string) => {
      await (await start('ends', taskQueue)).result();
      const before = linesOf(taskQueue).length - 1;
      await (await start('says', taskQueue)).result();
      await until('its last word', () => linesOf(taskQueue).includes('logged: last word'));
      return linesOf(taskQueue).slice(before, -1);
    };
    const said = ['logged: first word', 'logged: last word'];
    const [theirs, ours] = [await saidIn('as the SDK has them'), await saidIn('as a worker has them')];
    assert.deepEqual(
      [theirs, ours].map((lines) => lines.filter((line) => line !== 'asked')),
      [said, said],
    );
    const asked = (lines: string[]) => lines.filter((line) => line === 'asked').length;
    assert.deepEqual([asked(theirs) >= 4, asked(ours)], [true, 2]);
  });

  const BROKEN_OFF = /Script execution timed out after 5000ms/;
  for (const [workflow, why] of [
    ['spins', BROKEN_OFF],
    ['spinsLater', BROKEN_OFF],
    ['spinsTwice', BROKEN_OFF],
    ['spinsAfterFailing', /not this time/],
  ] as const)
    it(`${workflow}: a turn without an end fails its task, and others go on`, async () => {
      const stuck = await start(workflow);
      const failed = await until('a task that failed', async () => {
        const { events } = await stuck.fetchHistory();
        return events?.find(({ workflowTaskFailedEventAttributes: its }) => its)?.workflowTaskFailedEventAttributes;
      });
      assert.match(failed.failure?.message ?? '', why);
      await anotherEnds();
      await stuck.terminate();
      // Its last try may still have the thread: a first task that waits for it too long is recorded as late, and its failure then is not.
      await anotherEnds();
    });

  it('shows the call stack of a run as the SDK does, in as many lines as there are', async () => {
    const stacks = async (taskQueue: string) => {
      const handle = await start('waits', taskQueue);
      const text = await handle.query<string>('__stack_trace');
      const { stacks: lines } = await handle.query<{ stacks: { locations: object[] }[] }>('__enhanced_stack_trace');
      return {
        text: text.split('\n\n').toSorted(),
        locations: lines.map(({ locations }) => String(locations.length)).toSorted(),
      };
    };
    const theirs = await stacks('as the SDK has them');
    assert.ok(
      theirs.text.some((stack) => /at inner .*trying-workflows\.ts/.test(stack)),
      theirs.text.join('\n\n'),
    );
    assert.deepEqual(await stacks('as a worker has them'), theirs);
  });
});
