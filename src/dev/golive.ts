// `npm run golive`: by the settings of the environment; without any, beside the stack that `npm start` runs on this machine.
import { existsSync } from 'node:fs';
import { golive } from '../ops/golive.ts';
import { goliveSettings, MERCHANTS_FILE } from './settings.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const isHere = !process.env['MERCHANTS_FILE'] && existsSync(MERCHANTS_FILE);
if (isHere) say('MERCHANTS_FILE is not set: this is the stack of `npm start`.');
try {
  process.exitCode = await golive(process.argv.slice(2), say, isHere ? goliveSettings(process.env) : process.env);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
