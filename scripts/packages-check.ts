// `npm run packages`: every package is pinned and whole, runs nothing while it is installed, and may be used: of the service, and of the tools of the tests.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lock, Manifest } from './packages.ts';
import { licenceMistakes, lockMistakes, manifestMistakes, requirementMistakes } from './packages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const read = (file: string): unknown => JSON.parse(text(file));
const under = (folder: string, mistakes: readonly string[]) => mistakes.map((mistake) => `${folder}/${mistake}`);

const locks = globSync(['package-lock.json', 'test/*/package-lock.json'], { cwd: root });
const mistakes = locks.flatMap((file) => {
  const lock = read(file) as Lock;
  const manifest = read(join(dirname(file), 'package.json')) as Manifest;
  const { workspaces = [] } = manifest;
  const ofWorkspaces = workspaces.flatMap((path) =>
    manifestMistakes(read(join(dirname(file), path, 'package.json')) as Manifest),
  );
  return under(dirname(file), [
    ...lockMistakes(lock, manifest),
    ...manifestMistakes(manifest, workspaces),
    ...ofWorkspaces,
  ]);
});
const { workspaces } = read('package.json') as Manifest;
mistakes.push(...licenceMistakes(read('package-lock.json') as Lock, workspaces));
const requirements = globSync(['scripts/*.txt', 'test/*/requirements.txt'], { cwd: root });
mistakes.push(...requirements.flatMap((file) => under(file, requirementMistakes(text(file)))));

for (const mistake of mistakes) console.error(mistake);
if (mistakes.length > 0) process.exitCode = 1;
else console.log(`${[...locks, ...requirements].join(', ')}: pinned, whole, and allowed.`);
