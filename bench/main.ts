// `npm run bench [-- --server dev|postgres] [--rounds N | --short | --heap | --profile] [--accept]`: the same life of an order in this service's shapes and in a bare workflow,
// alternating, each on a fresh Temporal server. docs/performance.md says more, and is written by it.
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildForTests } from '../scripts/build.ts';
import { accept, readExpected, unexpected } from './guard.ts';
import type { Figures } from './measure.ts';
import { HEAP, measure, SHORT, WHOLE } from './measure.ts';
import { circumstances, warning, writePage } from './page.ts';
import type { ServerName } from './servers.ts';
import { SERVERS } from './servers.ts';
import { BARE, SHAPES } from './shapes.ts';
import { print, sectionsOf } from './table.ts';

const flag = { type: 'boolean', default: false } as const;
const { values } = parseArgs({
  options: {
    server: { type: 'string', default: 'dev' },
    rounds: { type: 'string' },
    short: flag,
    heap: flag,
    profile: flag,
    accept: flag,
  },
});
const server = Object.keys(SERVERS).find((name): name is ServerName => name === values.server);
if (server === undefined) throw new Error(`--server is one of ${Object.keys(SERVERS).join(', ')}`);
const isWhole = !values.short && !values.heap && !values.profile;
const rounds = Number(values.rounds ?? (isWhole ? 5 : 1));
if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error('--rounds is a whole number from 1');

/** Where profiles go: a folder for each shape and program. */
const profiles = fileURLToPath(new URL('../.cache/profiles', import.meta.url));
const profileFolder = (shape: string, program: string) => {
  const folder = `${profiles}/${shape}/${program}`;
  mkdirSync(folder, { recursive: true });
  return folder;
};

await buildForTests();
if (values.profile) rmSync(profiles, { recursive: true, force: true });
const plan = values.short ? SHORT : values.heap ? HEAP : WHOLE;
const measured: Figures[][] = [];
for (let round = 1; round <= rounds; round += 1) {
  const its: Figures[] = [];
  for (const shape of SHAPES) {
    console.log(`round ${round} of ${rounds}: ${shape.name}`);
    const profileTo = values.profile ? (program: string) => profileFolder(shape.name, program) : undefined;
    its.push(await measure(shape, SERVERS[server], { ...plan, database: plan !== HEAP && round === 1 }, profileTo));
  }
  measured.push(its);
  // After each round, so that what was measured so far is there where a later one is cut off.
  if (isWhole) await writePage(server, measured, sectionsOf(measured, BARE.name));
}

const sections = sectionsOf(measured, BARE.name);
for (const { title, rows } of sections) {
  console.log(`\n${title}\n`);
  print(rows);
}
console.log(`\n${circumstances(measured)}`);
const warned = warning(measured);
if (warned !== null) console.log(`WARNING: ${warned}`);

if (values.profile) console.log('Profiles for Chrome’s and VS Code’s viewers: .cache/profiles');

const [first = []] = measured;
if (values.accept) accept(first);
const differences = unexpected(first, readExpected());
for (const difference of differences) console.error(difference);
if (differences.length > 0) {
  console.error('Where that is meant, `npm run bench -- --short --accept` writes it to bench/expected.json.');
  process.exitCode = 1;
}
