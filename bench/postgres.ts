// A PostgreSQL of its own on loopback, whose cluster is empty at first and ends with it, or is kept for the next.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pipeline } from 'node:stream/promises';
import { PassThrough } from 'node:stream';
import { runInBackground } from '../src/dev/background.ts';
import { freePort, LOOPBACK } from '../src/dev/ports.ts';
import { until } from '../test/support/waits.ts';
import { ownFolder } from './folders.ts';
import type { Programs } from './programs.ts';

export type Postgres = {
  pid: number;
  port: number;
  version: string;
  /** Its cluster was empty. */
  isNew: boolean;
  /** What `psql` prints: a line for each row, `|` between columns. */
  sql: (database: string, text: string) => Promise<string>;
  /** `into`: a table, with its columns. `lines`: of CSV. */
  copy: (database: string, into: string, lines: AsyncIterable<string>) => Promise<void>;
  stop: () => Promise<void>;
};

/** PostgreSQL refuses to run as root, and then runs as the user that its package makes. */
const AS_USER = process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];

/** Of psql. */
const HOW = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set=ON_ERROR_STOP=1'];

const run = promisify(execFile);

/** `superuser`: needs no password. `settings`: on its command line. `kept`: the folder of its cluster, if that is to be there afterwards. */
export async function startPostgres(
  programs: Programs,
  superuser: string,
  settings: readonly string[],
  kept?: string,
): Promise<Postgres> {
  const folder = kept ?? ownFolder();
  if (AS_USER.length > 0) await run('chown', ['postgres', folder]);
  const data = join(folder, 'data');
  const logFile = join(folder, 'log');
  const port = await freePort();

  const init = [
    programs.initdb,
    '--pgdata',
    data,
    '--username',
    superuser,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
  ];
  // The path of a socket has some hundred characters at most, so there is none.
  const listen = ['-D', data, '-p', String(port), '-h', LOOPBACK, '-k', ''];
  const [initCommand = '', ...initArgs] = [...AS_USER, ...init];
  const [command = '', ...args] = [...AS_USER, programs.postgres, ...listen, ...settings];
  const isNew = !existsSync(join(data, 'PG_VERSION'));
  if (isNew) await run(initCommand, initArgs);
  const server = runInBackground(command, args, { env: process.env, logFile });

  const to = ['--host', LOOPBACK, '--port', String(port), '--username', superuser];
  async function sql(database: string, text: string): Promise<string> {
    const { stdout } = await run(programs.psql, [...to, ...HOW, '--dbname', database, '--command', text]);
    return stdout.trim();
  }
  async function copy(database: string, into: string, lines: AsyncIterable<string>): Promise<void> {
    const command = `COPY ${into} FROM STDIN (FORMAT csv)`;
    const copying = run(programs.psql, [...to, ...HOW, '--dbname', database, '--command', command]);
    await Promise.all([copying, pipeline(lines, copying.child.stdin ?? new PassThrough())]);
  }
  async function stop(): Promise<void> {
    await server.stop();
    if (kept === undefined) rmSync(folder, { recursive: true });
  }
  try {
    await until('PostgreSQL answers', () => {
      if (!server.isRunning()) throw new Error(`PostgreSQL ended: ${readFileSync(logFile, 'utf8').slice(-2_000)}`);
      return sql('postgres', 'SELECT 1').catch(() => null);
    });
    const [version = ''] = (await sql('postgres', 'SHOW server_version')).split(' ');
    return { pid: server.pid, port, version, isNew, sql, copy, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
