// Whether a module is the one that was started. On a Node.js that does not say so the process ends, instead of doing nothing in silence.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function isMain({ main, url }: { main?: boolean; url: string }): boolean {
  if (typeof main === 'boolean') return main;
  const [, started] = process.argv;
  if (started === undefined || realpathSync(started) !== fileURLToPath(url)) return false;
  console.error(
    `Node.js 24.2 or newer is needed; this is ${process.version}. \`npm run\` starts the one that npm has installed here.`,
  );
  return process.exit(1);
}
