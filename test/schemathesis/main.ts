// `npm run schemathesis [-- --seed N --seconds N]`: requests made from the OpenAPI document, valid and invalid ones, alone and in sequences, against
// the whole service. Schemathesis looks at every answer with all of its checks; the service's own harness holds it against the routes, too.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { API_KEY, WEBHOOK_TOKEN } from '../support/canaries.ts';
import { startService } from '../support/service.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const venv = fileURLToPath(new URL('../../.cache/schemathesis', import.meta.url));

const { values } = parseArgs({ options: { seed: { type: 'string' }, seconds: { type: 'string', default: '120' } } });
const seed = values.seed ?? String(Date.now() % 1_000_000);

/** Into an environment of its own, once for each set of versions. */
function install(): void {
  const requirements = readFileSync(join(here, 'requirements.txt'), 'utf8');
  const installed = join(venv, 'requirements.txt');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === requirements) return;
  console.log('Installing Schemathesis …');
  for (const [command, ...args] of [
    ['python3', '-m', 'venv', '--clear', venv],
    [
      join(venv, 'bin', 'pip'),
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '-r',
      join(here, 'requirements.txt'),
    ],
  ] as [string, ...string[]][]) {
    const { status } = spawnSync(command, args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed.`);
  }
  writeFileSync(installed, requirements);
}

install();
console.log(`seed ${seed}: npm run schemathesis -- --seed ${seed} --seconds ${values.seconds}`);
const service = await startService();
const run = spawn(
  join(venv, 'bin', 'schemathesis'),
  [
    '--config-file',
    join(here, 'schemathesis.toml'),
    'run',
    `${service.api.url}/openapi.json`,
    `--seed=${seed}`,
    `--max-time=${values.seconds}`,
  ],
  { cwd: here, stdio: 'inherit', env: { ...process.env, API_KEY, WEBHOOK_TOKEN, PYTHONPATH: here } },
);
const [code] = (await once(run, 'exit')) as [number | null];
await service.close();
process.exitCode = code ?? 1;
