// `temporal orders keys`: payload keys: a new one, and which are still needed.
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { keyUse } from '../../temporal/key-use.ts';
import type { Here } from '../here.ts';
import { connected, EXIT, Told } from '../here.ts';
import { table } from '../in-words.ts';

const KEY_BYTES = 32;

export function keysCommand(program: Command, here: Here): void {
  const keys = program.command('keys').description('payload keys');
  keys
    .command('list [id]')
    .description('counts the runs that need each key, in all that Temporal keeps; with an id: names them')
    .option('--json', 'a line of JSON for each')
    .action((id: string | undefined, { json }: { json?: true }) => list(here, id, json === true));
  keys
    .command('new <id>')
    .description('prints a new key, as PAYLOAD_KEYS has it')
    .action((id: string) => {
      if (!/^[A-Za-z0-9_-]{1,32}$/.test(id))
        throw new Told('The id of a key is 1 to 32 letters, digits, - or _.', EXIT.usage);
      here.out(`${id}:${randomBytes(KEY_BYTES).toString('base64')}`);
    });
  keys
    .command('retire <id>')
    .description('says whether a key may go: exit code 0 where nothing needs it')
    .action((id: string) => retire(here, id));
}

async function list(here: Here, wanted: string | undefined, json: boolean): Promise<void> {
  const counts = new Map<string, { open: number; closed: number }>();
  for await (const { workflowId, runId, isOpen, keyIds } of keyUse(connected(here).client)) {
    for (const keyId of keyIds) {
      const count = counts.get(keyId) ?? { open: 0, closed: 0 };
      count[isOpen ? 'open' : 'closed'] += 1;
      counts.set(keyId, count);
      if (keyId !== wanted) continue;
      here.out(
        json
          ? JSON.stringify({ workflow_id: workflowId, run_id: runId, open: isOpen })
          : `${isOpen ? 'open  ' : 'closed'}  ${runId}  ${workflowId}`,
      );
    }
  }
  if (wanted !== undefined) return;
  const rows = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (json) for (const [key, count] of rows) here.out(JSON.stringify({ key, ...count }));
  else
    for (const line of table([
      ['KEY', 'OPEN', 'CLOSED'],
      ...rows.map(([key, { open, closed }]) => [key, String(open), String(closed)]),
    ]))
      here.out(line);
}

async function retire(here: Here, id: string): Promise<void> {
  const { client, payloadKeys } = connected(here);
  if (payloadKeys?.[0]?.id === id)
    throw new Told(`${id} is the first key of PAYLOAD_KEYS: new orders are written with it.`);
  let runs = 0;
  for await (const { keyIds } of keyUse(client)) if (keyIds.has(id)) runs += 1;
  if (runs > 0) throw new Told(`${runs} runs still need ${id}: \`temporal orders keys list ${id}\` names them.`);
  here.out(`Nothing that Temporal keeps needs ${id}: take it out of PAYLOAD_KEYS.`);
}
