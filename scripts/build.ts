// `npm run build`: compiles the client and `src`, each to its `dist`, with the workflows bundled once so that a worker starts without a compiler.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { workflowSources } from '../src/temporal/connection.ts';

const BUILT = 'PART_PAYMENT_ORDERS_BUILT';

const root = fileURLToPath(new URL('..', import.meta.url));
const BUNDLE = join(root, 'dist', 'workflow-bundle.js');

/** Writes the workflows with all that they import as one file. */
export async function bundleWorkflows(file: string = BUNDLE): Promise<void> {
  const { code } = await bundleWorkflowCode({ ...workflowSources, logger: new DefaultLogger('WARN') });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, code);
}

export async function build(): Promise<void> {
  // The client first: the go-live check is compiled against what it was built to.
  for (const folder of ['clients/typescript', '.']) {
    rmSync(join(root, folder, 'dist'), { recursive: true, force: true });
    const project = folder === '.' ? 'tsconfig.build.json' : folder;
    const { status } = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', project], {
      cwd: root,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('The sources do not compile; the compiler says where above.');
  }
  copyReferencePage();
  await bundleWorkflows();
}

/** Swagger UI's two files: in production its package is not there. */
function copyReferencePage(): void {
  const folder = join(root, 'dist', 'api', 'reference');
  mkdirSync(folder, { recursive: true });
  for (const file of ['swagger-ui-bundle.js', 'swagger-ui.css'])
    copyFileSync(join(root, 'node_modules', 'swagger-ui-dist', file), join(folder, file));
}

/** For tests that start processes: files that run side by side share one build, which `npm test` makes before them. */
export async function buildForTests(): Promise<void> {
  if (process.env[BUILT] === undefined) await build();
  process.env[BUILT] = 'true';
}

/** Null where this run of tests has not built it. */
export function builtBundle(): { code: string } | null {
  return process.env[BUILT] === undefined ? null : { code: readFileSync(BUNDLE, 'utf8') };
}

if (import.meta.main) {
  try {
    await build();
    console.log('Built: npm run start:api and npm run start:worker run it, or npm run start:all.');
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
