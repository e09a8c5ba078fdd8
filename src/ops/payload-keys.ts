// `npm run payload:keys`: which payload keys are still needed, by looking at every payload that Temporal keeps. With the id of a key: by whom.
import type { Client } from '@temporalio/client';
import { isMain } from '../config/is-main.ts';
import { configOrExit, loadStoreConfig } from '../config/load.ts';
import { createClient } from '../temporal/connection.ts';
import { keyUse } from '../temporal/key-use.ts';

export async function run(client: Client, write: (line: string) => void, wanted: string | undefined): Promise<void> {
  const counts = new Map<string, { open: number; closed: number }>();
  for await (const { workflowId, runId, isOpen, keyIds } of keyUse(client)) {
    for (const keyId of keyIds) {
      const count = counts.get(keyId) ?? { open: 0, closed: 0 };
      count[isOpen ? 'open' : 'closed'] += 1;
      counts.set(keyId, count);
      if (keyId === wanted) write(`${isOpen ? 'open' : 'closed'}\t${workflowId}\t${runId}`);
    }
  }
  if (wanted !== undefined) return;
  write('key\topen\tclosed');
  for (const [keyId, { open, closed }] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    write(`${keyId}\t${open}\t${closed}`);
}

if (isMain(import.meta)) {
  const client = createClient(configOrExit(loadStoreConfig));
  try {
    await run(client, (line) => process.stdout.write(`${line}\n`), process.argv[2]);
  } catch (error) {
    process.stderr.write(`Temporal could not be read: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
