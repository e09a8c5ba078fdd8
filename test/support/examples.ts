// The programs that docs/integration.md shows, run as they stand there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/dev/ports.ts';
import { API_KEY } from './canaries.ts';
import { until } from './waits.ts';

const PAGE = fileURLToPath(new URL('../../docs/integration.md', import.meta.url));

type Example = { stop: () => Promise<void> };

/** `name`: of the file, which its first line says. */
function runExample(name: string, env: Record<string, string>): Example {
  const [, program] = readFileSync(PAGE, 'utf8').split(`\n\`\`\`js\n// ${name}\n`);
  if (program === undefined) throw new Error(`docs/integration.md shows no ${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'example-'));
  const file = join(folder, name);
  writeFileSync(file, program.slice(0, program.indexOf('\n```\n') + 1));
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const exited = once(child, 'exit');
  return {
    async stop() {
      child.kill();
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

/** The shop whose pages show the events of orders; `api`: its URL. */
export async function startShop(api: string): Promise<Example & { origin: string }> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const shop = runExample('shop.mjs', { API: api, KEY: API_KEY, PORT: String(port) });
  const isThere = () =>
    fetch(`${origin}/sales/none`).then(
      ({ status }) => status === 200,
      () => false,
    );
  await until('the shop is there', isThere);
  return { ...shop, origin };
}
