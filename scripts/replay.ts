// `npm run replay -- [--debug] HISTORY.json | ORDER-ID | --from-server`: replays a history on today's code: a file, or the newest run of a workflow
// on the server that TEMPORAL_… names, read with PAYLOAD_KEYS; or some histories of each kind there. With --debug it waits for a debugger, and
// breakpoints in workflow code are reached.
import { existsSync, readFileSync } from 'node:fs';
import { open, waitForDebugger } from 'node:inspector';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleWorkflowCode, DefaultLogger, Runtime } from '@temporalio/worker';
import type { PayloadKey } from '../src/config/model.ts';
import { configOrExit, loadOpsConfig } from '../src/config/load.ts';
import { sampleHistories } from '../src/gateway/sample-histories.ts';
import { createClient, workflowSources } from '../src/temporal/connection.ts';
import type { ReplayHistory } from '../src/temporal/replay.ts';
import { replayEach } from '../src/temporal/replay.ts';

type Kept = {
  histories: AsyncIterable<ReplayHistory> | Iterable<ReplayHistory>;
  payloadKeys: readonly PayloadKey[] | null;
};

const DEBUG_PORT = 9229;
const SAMPLE_OF_EACH_KIND = 20;

/** As Temporal's UI and CLI and `npm run histories:keep` write it; encrypted payloads are read with PAYLOAD_KEYS, where they are set. */
function fromFile(path: string): Kept {
  const history = JSON.parse(readFileSync(path, 'utf8')) as { events?: { [attributes: string]: unknown }[] };
  const started = history.events?.[0]?.['workflowExecutionStartedEventAttributes'] as
    { workflowId?: string } | undefined;
  const settings = loadOpsConfig(process.env);
  return {
    histories: [{ workflowId: started?.workflowId ?? basename(path, '.json'), history }],
    payloadKeys: settings.ok ? settings.config.payloadKeys : null,
  };
}

async function fromServer(workflowId: string): Promise<Kept> {
  const config = configOrExit(loadOpsConfig);
  const history = await createClient(config).workflow.getHandle(workflowId).fetchHistory();
  return { histories: [{ workflowId, history }], payloadKeys: config.payloadKeys };
}

function sampleOfServer(): Kept {
  const config = configOrExit(loadOpsConfig);
  return { histories: sampleHistories(createClient(config), SAMPLE_OF_EACH_KIND), payloadKeys: config.payloadKeys };
}

/** Returns how many histories do not replay. */
async function replay({ histories, payloadKeys }: Kept, debug: boolean): Promise<number> {
  const workflowBundle = await bundleWorkflowCode({ ...workflowSources, logger: Runtime.instance().logger });
  const inDebugger = debug ? { debugMode: true, reuseV8Context: false } : {};
  let misfits = 0;
  for await (const { workflowId, error } of replayEach({ workflowBundle, payloadKeys }, histories, inDebugger)) {
    if (error === undefined) console.log(`${workflowId}: today's code decides as its history says.`);
    else console.error(`${workflowId}: ${error.message}`);
    misfits += error === undefined ? 0 : 1;
  }
  return misfits;
}

const flag = { type: 'boolean', default: false } as const;
const { values, positionals } = parseArgs({ options: { debug: flag, 'from-server': flag }, allowPositionals: true });
const [what] = positionals;
if (positionals.length !== (values['from-server'] ? 0 : 1)) {
  console.error('npm run replay -- [--debug] HISTORY.json | ORDER-ID | --from-server');
  process.exit(64);
}
try {
  const kept = what === undefined ? sampleOfServer() : existsSync(what) ? fromFile(what) : await fromServer(what);
  if (values.debug) {
    open(DEBUG_PORT, '127.0.0.1');
    waitForDebugger();
  }
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  if ((await replay(kept, values.debug)) > 0) process.exitCode = 1;
} catch (error) {
  console.error(`${what ?? 'the server'}: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
