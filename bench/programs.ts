// Where the programs of a full Temporal server with PostgreSQL are.
import { existsSync, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILT = '.cache/temporal-server';
const build = (what: string) => `GOBIN=$PWD/${BUILT} go install go.temporal.io/server/cmd/${what}@v1.32.0`;
const INSTALL = 'apt-get install postgresql';

/** Each with what brings it. */
const PROGRAMS = {
  'temporal-server': build('server'),
  'temporal-sql-tool': build('tools/sql'),
  initdb: INSTALL,
  postgres: INSTALL,
  psql: INSTALL,
} as const;

export type Programs = Record<keyof typeof PROGRAMS, string>;

/** Go names what it builds by the last folder of its source. */
const BUILT_AS: { [Name in keyof Programs]?: string } = { 'temporal-server': 'server', 'temporal-sql-tool': 'sql' };

/** In PATH; where Go was told to put it; and where Debian has PostgreSQL, the newest version first. */
function placesOf(name: keyof Programs): string[] {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const built = fileURLToPath(new URL(`../${BUILT}`, import.meta.url));
  const version = (folder: string) => Number(folder.split('/').at(-2));
  const debian = globSync('/usr/lib/postgresql/*/bin').toSorted((one, other) => version(other) - version(one));
  return [...[...path, ...debian].map((folder) => join(folder, name)), join(built, BUILT_AS[name] ?? name)];
}

/** Throws with what to do where some are missing. */
export function findPrograms(): Programs {
  const missing = new Map<string, string>();
  const found = Object.entries(PROGRAMS).map(([name, by]) => {
    const file = placesOf(name as keyof Programs).find((place) => existsSync(place));
    if (file === undefined) missing.set(name, by);
    return [name, file];
  });
  if (missing.size === 0) return Object.fromEntries(found) as Programs;
  const names = [...missing.keys()].join(', ');
  throw new Error([`Neither in PATH nor in ${BUILT}: ${names}. To get them:`, ...new Set(missing.values())].join('\n'));
}
