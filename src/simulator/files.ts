// What the simulator reads and writes besides its program, according to its command line. With narrow rights it may do no more.
import { parseArgs } from 'node:util';
import { filesNamedIn } from '../config/settings-files.ts';

/** Paths as they are given. The command itself reports mistakes. */
export function simulatorFiles(args: readonly string[]): { read: string[]; folder: string | undefined } {
  const options = { merchants: { type: 'string' }, data: { type: 'string' } } as const;
  const { merchants, data } = parseArgs({ args: [...args], options, strict: false }).values;
  const [merchantsFile, folder] = [merchants, data].map((path) =>
    typeof path === 'string' && path !== '' ? path : undefined,
  );
  return { read: merchantsFile === undefined ? [] : [merchantsFile, ...filesNamedIn(merchantsFile)], folder };
}
