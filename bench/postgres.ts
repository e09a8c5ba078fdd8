// A PostgreSQL of its own on loopback, whose cluster is empty at first and ends with it.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pipeline } from 'node:stream/promises';
import { PassThrough } from 'node:stream';
import { runInBackground } from '../src/dev/background.ts';
import { freePort, LOOPBACK } from '../src/dev/ports.ts';
import { until } from '../test/support/waits.ts';
import type { Programs } from './programs.ts';

export type Postgres = {
  pid: number;
  port: number;
  version: string;
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

/** `superuser`: needs no password. `settings`: on its command line. */
export async function startPostgres(
  programs: Programs,
  superuser: string,
  settings: readonly string[],
): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
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
  const listen = ['-D', data, '-p', String(port), '-h', LOOPBACK, '-k', folder];
  const [initCommand = '', ...initArgs] = [...AS_USER, ...init];
  const [command = '', ...args] = [...AS_USER, programs.postgres, ...listen, ...settings];
  await run(initCommand, initArgs);
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
    rmSync(folder, { recursive: true });
  }
  try {
    await until('PostgreSQL answers', () => {
      if (!server.isRunning()) throw new Error(`PostgreSQL ended: ${readFileSync(logFile, 'utf8').slice(-2_000)}`);
      return sql('postgres', 'SELECT 1').catch(() => null);
    });
    const [version = ''] = (await sql('postgres', 'SHOW server_version')).split(' ');
    return { pid: server.pid, port, version, sql, copy, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
