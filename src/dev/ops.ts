// `npm run ops -- …` and `npm run golive`: by the settings of the environment; without any, beside the stack that `npm start` runs on this machine.
import { existsSync } from 'node:fs';
import { run } from '../ops/program.ts';
import { MERCHANTS_FILE, opsSettings } from './settings.ts';

const OURS = ['MERCHANTS_FILE', 'PAYLOAD_KEYS', 'PAYLOAD_KEYS_FILE', 'PAYLOAD_ENCRYPTION'];

const isHere = OURS.every((name) => !process.env[name]) && existsSync(MERCHANTS_FILE);
if (isHere) process.stderr.write('PAYLOAD_KEYS is not set: this is the stack of `npm start`.\n');
process.exitCode = await run(process.argv.slice(2), isHere ? opsSettings(process.env) : process.env);
