// `npm run openapi [-- --check | --release]`: writes docs/reference/openapi.json and openapi-3.2.json from the routes, and the tables of fields.md from it. With
// `--release` it also becomes the document that callers rely on, which no later one may break.
import { readFileSync, writeFileSync } from 'node:fs';
import { breaks } from './breaks.ts';
import { FIELDS_PAGE } from './fields-page.ts';
import { COMMITTED, COMMITTED_32, read, readNow, RELEASED, writtenNow } from './openapi-file.ts';
import { writeOrCheck } from './written-page.ts';

const [, , option] = process.argv;
const document = writtenNow();

for (const [path, text] of [
  [COMMITTED, document],
  [COMMITTED_32, writtenNow('3.2.0')],
] as const) {
  if (option !== '--check') {
    writeFileSync(path, text);
  } else if (text !== readFileSync(path, 'utf8')) {
    console.error(`${path} is not as \`npm run openapi\` writes it.`);
    process.exitCode = 1;
  }
}
await writeOrCheck(FIELDS_PAGE);

const broken = breaks(read(RELEASED), readNow());
if (broken.length > 0) {
  // What stands in one component breaks many operations: it is said once.
  const places = Map.groupBy(broken, (line) => line.replace(/^\S+ \S+ \d*/, ''));
  const said = [...places.values()].map(([first, ...more]) =>
    more.length === 0 ? first : `${first} (and in ${more.length} other places)`,
  );
  console.error(`Whoever relies on what was released is broken:\n${said.join('\n')}`);
  process.exitCode = 1;
} else if (option === '--release') {
  writeFileSync(RELEASED, document);
}
