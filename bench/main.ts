// `npm run bench [-- --rounds N] [--short] [--profile FOLDER]`: the same life of an order in this service's shapes and in a bare workflow, alternating,
// each on a fresh Temporal server.
import { parseArgs } from 'node:util';
import { buildForTests } from '../scripts/build.ts';
import type { Figures } from './measure.ts';
import { measure, SHORT, WHOLE } from './measure.ts';
import { BARE, SHAPES } from './shapes.ts';
import { print, tableOf } from './table.ts';

/** Of one processor, on average over a load. */
const OTHERS_MAY_USE = 0.1;

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, short: { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds ?? (values.short ? 1 : 5));
if (!(rounds >= 1)) throw new Error('--rounds is a number from 1');

await buildForTests();
const figures: Figures[][] = [];
for (let round = 1; round <= rounds; round += 1) {
  const its: Figures[] = [];
  for (const shape of SHAPES) {
    console.log(`round ${round} of ${rounds}: ${shape.name}`);
    its.push(await measure(shape, values.short ? SHORT : WHOLE, []));
  }
  figures.push(its);
}

console.log('');
print(tableOf(figures, BARE.name));
const others = Math.max(...figures.flat().flatMap(({ measured }) => measured.map(({ busy }) => busy.others)));
if (others > OTHERS_MAY_USE)
  console.log(
    `\nWARNING: something else used the machine, up to ${others.toFixed(1)} processors of it: these figures tell little.`,
  );
