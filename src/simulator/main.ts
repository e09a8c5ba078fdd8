// `npm run simulator`. The one place outside config.ts that touches process.env: it hands it on for `{ "env": … }` in the merchants file.
import { simulatorMain } from './command.ts';

try {
  const simulator = await simulatorMain(process.argv.slice(2), process.env, (line) => console.log(line));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void simulator?.close());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
