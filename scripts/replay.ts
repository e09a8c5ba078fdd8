// `npm run replay -- [--debug] HISTORY.json | ORDER-ID`: replays a history on today's code: a file, or the newest run of a workflow on the server
// that TEMPORAL_… names, read with PAYLOAD_KEYS. With --debug it waits for a debugger, and breakpoints in workflow code are reached.
import { existsSync, readFileSync } from 'node:fs';
import { open, waitForDebugger } from 'node:inspector';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { PayloadKey } from '../src/config/model.ts';
import { configOrExit, loadOpsConfig } from '../src/config/load.ts';
import { createClient, dataConverter, workflowSources } from '../src/temporal/connection.ts';

type Kept = { workflowId: string; history: unknown; payloadKeys: readonly PayloadKey[] | null };

const DEBUG_PORT = 9229;

/** As Temporal's UI and CLI and `npm run histories:keep` write it; encrypted payloads are read with PAYLOAD_KEYS, where they are set. */
function fromFile(path: string): Kept {
  const history = JSON.parse(readFileSync(path, 'utf8')) as { events?: { [attributes: string]: unknown }[] };
  const started = history.events?.[0]?.['workflowExecutionStartedEventAttributes'] as
    { workflowId?: string } | undefined;
  const settings = loadOpsConfig(process.env);
  return {
    workflowId: started?.workflowId ?? basename(path, '.json'),
    history,
    payloadKeys: settings.ok ? settings.config.payloadKeys : null,
  };
}

async function fromServer(workflowId: string): Promise<Kept> {
  const config = configOrExit(loadOpsConfig);
  const history = await createClient(config).workflow.getHandle(workflowId).fetchHistory();
  return { workflowId, history, payloadKeys: config.payloadKeys };
}

async function replay({ workflowId, history, payloadKeys }: Kept, debug: boolean): Promise<void> {
  const options = {
    workflowBundle: await bundleWorkflowCode({ ...workflowSources, logger: Runtime.instance().logger }),
    dataConverter: dataConverter(payloadKeys, { replaceCorrupted: true }),
    ...(debug && { debugMode: true, reuseV8Context: false }),
  };
  await Worker.runReplayHistory(options, history, workflowId);
}

const { values, positionals } = parseArgs({ options: { debug: { type: 'boolean' } }, allowPositionals: true });
const [what, ...more] = positionals;
if (what === undefined || more.length > 0) {
  console.error('npm run replay -- [--debug] HISTORY.json | ORDER-ID');
  process.exit(64);
}
try {
  const kept = existsSync(what) ? fromFile(what) : await fromServer(what);
  if (values.debug === true) {
    open(DEBUG_PORT, '127.0.0.1');
    waitForDebugger();
  }
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  await replay(kept, values.debug === true);
  console.log(`${kept.workflowId}: today's code decides as its history says.`);
} catch (error) {
  console.error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
