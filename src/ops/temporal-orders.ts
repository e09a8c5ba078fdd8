#!/usr/bin/env node
// `temporal-orders …`, which the Temporal CLI runs for `temporal orders …` where it is on the path. From a checkout: `npm run ops -- …`.
import { isMain } from '../config/is-main.ts';
import { run } from './program.ts';

if (isMain(import.meta)) process.exitCode = await run(process.argv.slice(2));
