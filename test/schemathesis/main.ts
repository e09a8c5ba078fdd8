// `npm run schemathesis [-- --seed N --seconds N]`: requests made from the OpenAPI document, valid and invalid ones, alone and in sequences, against
// the whole service. Schemathesis looks at every answer with all of its checks; the service's own harness holds it against the routes, too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { API_KEY, WEBHOOK_TOKEN } from '../support/canaries.ts';
import { pythonPrograms } from '../support/python.ts';
import { startService } from '../support/service.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

const { values } = parseArgs({ options: { seed: { type: 'string' }, seconds: { type: 'string', default: '120' } } });
const seed = values.seed ?? String(Date.now() % 1_000_000);

const programs = pythonPrograms('schemathesis', join(here, 'requirements.txt'));
console.log(`seed ${seed}: npm run schemathesis -- --seed ${seed} --seconds ${values.seconds}`);
const service = await startService();
const run = spawn(
  join(programs, 'schemathesis'),
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
