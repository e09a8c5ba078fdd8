// The stack of docker-compose.yml with the simulator, beside whatever else runs here: under a name, an image, ports and secrets of its own.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PORTS = [
  'API_PORT',
  'API_ADMIN_PORT',
  'DESK_PORT',
  'TEMPORAL_UI_PORT',
  'SIMULATOR_PORT',
  'TEMPORAL_PORT',
  'PROMETHEUS_PORT',
  'GRAFANA_PORT',
] as const;

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

export type Stack = {
  image: string;
  /** Ends with the stack. */
  secretsDir: string;
  secret: (name: string) => string;
  /** Of `pos-backend` and `operator`. */
  apiKeys: Record<'pos-backend' | 'operator', string>;
  port: Record<(typeof PORTS)[number], number>;
  /** As `.env` has them; heeded by the next `compose`. */
  settings: Record<string, string>;
  /** Aborted by Ctrl-C. */
  interrupted: AbortSignal;
  docker: (...args: string[]) => Promise<string>;
  compose: (...args: string[]) => Promise<string>;
  /** The command line of `compose` and its environment, for what needs its streams. */
  commandOf: (...args: string[]) => { args: string[]; env: NodeJS.ProcessEnv; cwd: string };
  /** Takes everything down, volumes, image and secrets too. */
  remove: () => Promise<void>;
};

/** `files`: beside docker-compose.yml. */
export async function openStack(name: string, files: readonly string[] = []): Promise<Stack> {
  const image = `part-payment-orders:${name}`;
  const secretsDir = mkdtempSync(join(tmpdir(), `compose-${name}-`));
  process.once('exit', () => rmSync(secretsDir, { recursive: true, force: true }));
  const ports = await freePorts(PORTS.length);
  const port = Object.fromEntries(PORTS.map((setting, index) => [setting, ports[index] ?? 0])) as Stack['port'];
  // SEQURA_BASE_URL: never the real one, whatever .env and the shell say.
  const settings: Stack['settings'] = { IMAGE: image, SECRETS_DIR: secretsDir, SEQURA_BASE_URL: '' };
  for (const setting of PORTS) settings[setting] = String(port[setting]);

  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const options = () => ({ cwd: root, env: { ...process.env, ...settings }, maxBuffer: 100_000_000 });
  const docker = async (...args: string[]) =>
    (await run('docker', args, { ...options(), signal: interrupted.signal })).stdout;
  const composeArgs = [
    'compose',
    `--project-name=part-payment-orders-${name}`,
    ...['docker-compose.yml', ...files].map((file) => `--file=${file}`),
    '--env-file=/dev/null',
    '--profile=simulator',
  ];
  return {
    image,
    secretsDir,
    secret: (file) => readFileSync(join(secretsDir, file), 'utf8').trim(),
    apiKeys: await makeSecrets(secretsDir),
    port,
    settings,
    interrupted: interrupted.signal,
    docker,
    compose: (...args) => docker(...composeArgs, ...args),
    commandOf: (...args) => ({ args: [...composeArgs, ...args], ...options() }),
    async remove() {
      for (const args of [
        [...composeArgs, '--profile=monitoring', 'down', '--volumes', '--remove-orphans'],
        ['image', 'rm', image],
      ])
        await run('docker', args, options()).catch(() => console.error(`Failed: docker ${args.join(' ')}`));
    },
  };
}

async function makeSecrets(dir: string): Promise<Stack['apiKeys']> {
  const script = join(root, 'deploy', 'make-secrets.sh');
  const { stdout } = await run(script, [dir]);
  await run(join(root, 'deploy', 'make-certificates.sh'), [dir]);
  const keyOf = (id: string) => {
    const key = new RegExp(`^API key of ${id}: (\\S+)$`, 'm').exec(stdout)?.[1];
    assert.ok(key, 'an API key is shown');
    return key;
  };
  const again = await run(script, [dir]);
  assert.equal(again.stdout, '', 'what exists is kept');
  return { 'pos-backend': keyOf('pos-backend'), operator: keyOf('operator') };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Says that it is done, and how long it took. */
export async function step<T>(sentence: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  console.log(`✔ ${sentence} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  return result;
}

/** What there is to say where something has failed. */
export async function explain(failure: unknown, { compose }: Stack): Promise<void> {
  const { stderr = '' } = failure as { stderr?: string };
  console.error(failure instanceof Error ? (failure.stack ?? failure.message) : failure, stderr.slice(-4_000));
  console.error(await compose('logs', '--no-color', '--tail=20', 'search-attributes', 'api', 'worker').catch(() => ''));
}
