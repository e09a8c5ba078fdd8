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
    .option('--json', 'a line of JSON')
    .action((id: string, { json }: { json?: true }) => {
      if (!/^[A-Za-z0-9_-]{1,32}$/.test(id))
        throw new Told('The id of a key is 1 to 32 letters, digits, - or _.', EXIT.usage);
      const setting = `${id}:${randomBytes(KEY_BYTES).toString('base64')}`;
      here.out(json === true ? JSON.stringify({ key: id, setting }) : setting);
    });
  keys
    .command('retire <id>')
    .description('says whether a key may go: exit code 0 where nothing needs it')
    .option('--json', 'a line of JSON')
    .action((id: string, { json }: { json?: true }) => retire(here, id, json === true));
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

async function retire(here: Here, id: string, json: boolean): Promise<void> {
  const { client, payloadKeys } = connected(here);
  const isFirst = payloadKeys?.[0]?.id === id;
  let runs = 0;
  if (!isFirst) for await (const { keyIds } of keyUse(client)) if (keyIds.has(id)) runs += 1;
  const mayGo = !isFirst && runs === 0;
  if (json) {
    here.out(JSON.stringify({ key: id, first: isFirst, runs: isFirst ? null : runs, may_go: mayGo }));
    if (!mayGo) here.exitCode = EXIT.failed;
  } else if (isFirst) throw new Told(`${id} is the first key of PAYLOAD_KEYS: new orders are written with it.`);
  else if (runs > 0) throw new Told(`${runs} runs still need ${id}: \`temporal orders keys list ${id}\` names them.`);
  else here.out(`Nothing that Temporal keeps needs ${id}: take it out of PAYLOAD_KEYS.`);
}
