// `npm run simulator`. Reads process.env, too, for `{ "env": … }` in the merchants file.
import { closeSettingsFiles } from '../config/settings-files.ts';
import { simulatorMain } from './command.ts';
import { simulatorFiles } from './files.ts';

const args = process.argv.slice(2);
try {
  const simulator = await simulatorMain(args, process.env, (line) => console.log(line));
  closeSettingsFiles(simulatorFiles(args).read);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void simulator?.close());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
