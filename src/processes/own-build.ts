// The workflow code of this release as it was built, and the build id by which its workers are known to Temporal.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BUNDLE = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** Where it is; null where nothing was built, as in development. */
export function ownBundle(): { codePath: string } | null {
  return existsSync(BUNDLE) ? { codePath: BUNDLE } : null;
}

/** Stands ten times in the history of each order: the SDK's own has 93 characters. */
export function buildIdOf(bundle: { code: string } | { codePath: string }): string {
  const code = 'code' in bundle ? bundle.code : readFileSync(bundle.codePath);
  return createHash('sha256').update(code).digest('hex').slice(0, 12);
}

/** Null where nothing was built. */
export function ownBuildId(): string | null {
  const bundle = ownBundle();
  return bundle && buildIdOf(bundle);
}
