// `npm run client:types [-- --check]`: writes the types of the client from the OpenAPI document.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMMITTED } from './openapi-file.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const CLIENT_TYPES = join(root, 'clients/typescript/src/api.ts');

/** Installs what is locked in `clients/generators` below `.cache`, unless it is there. Answers with the folder of its programs. */
export function generators(): string {
  const folder = join(root, '.cache', 'generators');
  const from = join(root, 'clients', 'generators');
  const lock = readFileSync(join(from, 'package-lock.json'), 'utf8');
  const done = join(folder, 'installed.json');
  mkdirSync(folder, { recursive: true });
  if (textOf(done) !== lock) {
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(from, file), join(folder, file));
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
      stdio: 'inherit',
    });
    writeFileSync(done, lock);
  }
  return join(folder, 'node_modules', '.bin');
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** Whether the committed types are those of the committed document. */
export const isUpToDate = () => typesNow() === textOf(CLIENT_TYPES);

function typesNow(): string {
  const made = join(root, '.cache', 'generators', 'api.ts');
  execFileSync(join(generators(), 'openapi-typescript'), [COMMITTED, '-o', made], { stdio: 'ignore' });
  return readFileSync(made, 'utf8');
}

if (import.meta.main) {
  if (process.argv[2] !== '--check') writeFileSync(CLIENT_TYPES, typesNow());
  else if (!isUpToDate()) {
    console.error('clients/typescript/src/api.ts is not as `npm run client:types` writes it.');
    process.exitCode = 1;
  }
}
