// What the processes may do, tried from inside of each as it is started by `npm run`; and that none is inspected, or does nothing in silence.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Payload } from '@temporalio/common';
import { buildForTests } from '../../scripts/build.ts';
import { PORTS } from '../../src/dev/settings.ts';
import { freePort } from '../../src/dev/temporal.ts';
import { createPayloadCodec } from '../../src/temporal/codec.ts';
import { PASSWORD, PAYLOAD_KEYS, payloadKeysSetting, WEBHOOK_TOKEN } from '../support/canaries.ts';
import { merchant } from '../support/config-fixtures.ts';
import { call } from '../support/till.ts';
import { until } from '../support/waits.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

const folder = mkdtempSync(join(tmpdir(), 'rights-'));
const at = (name: string, text = '') => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
mkdirSync(join(folder, 'secrets'));
const outside = at('outside', 'nobody’s business');
const merchants = at(
  'merchants.json',
  JSON.stringify({
    merchants: [
      merchant({
        password: { file: at('secrets/password', PASSWORD) },
        webhook_tokens: [{ file: at('secrets/token', WEBHOOK_TOKEN) }],
      }),
    ],
    api_keys: [],
  }),
);

/** Runs inside of a process, where it has its rights: on SIGUSR2 it tries everything, and writes what came of it. */
const PROBE = `
import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { open } from 'node:inspector';
const { outside, merchants, program, data } = JSON.parse(process.env.TRY);
const attempts = {
  'read elsewhere': () => readFileSync(outside),
  'read its settings again': () => readFileSync(merchants),
  'write elsewhere': () => writeFileSync(outside + '.new', ''),
  'write its program': () => writeFileSync(program + '.new', ''),
  'write its data': () => writeFileSync(data + '/new', ''),
  'start a program': () => spawnSync('true'),
  'open an inspector': () => open(0),
  'start a thread': () => new Worker('', { eval: true }),
};
function outcome(attempt) {
  try {
    const result = attempt();
    return result?.error?.code ?? 'done';
  } catch (error) {
    return error.code;
  }
}
if (process.permission !== undefined) process.on('SIGUSR2', () => {
  const outcomes = Object.entries(attempts).map(([name, attempt]) => [name, outcome(attempt)]);
  process.stderr.write('TRIED ' + JSON.stringify(Object.fromEntries(outcomes)) + '\\n');
});`;

const ATTEMPTS = [
  'read elsewhere',
  'read its settings again',
  'write elsewhere',
  'write its program',
  'write its data',
  'start a program',
  'open an inspector',
  'start a thread',
] as const;
type Attempt = (typeof ATTEMPTS)[number];

type Settings = Record<string, string>;
type Running = { child: ChildProcess; url: string; written: () => string };
const running: Running[] = [];

/** By the command of package.json, without npm, so that its process is the one that is signalled. */
async function start(command: string, port: number, settings: Settings): Promise<Running> {
  const [, ...args] = command.replace(/^exec /, '').split(' ');
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: folder, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const one = { child, url: `http://127.0.0.1:${port}`, written: () => text };
  running.push(one);
  const answers = async () => {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${text}`);
    return (await alive(one)) === 200;
  };
  await until(`${command} answers`, answers);
  return one;
}

const alive = ({ url }: Running) =>
  call(`${url}/livez`).then(
    ({ status }) => status,
    () => null,
  );

async function end({ child }: Running): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

before(buildForTests);
after(async () => {
  await Promise.all(running.map(end));
  rmSync(folder, { recursive: true });
});

async function settings(): Promise<Settings> {
  return {
    TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
    SEQURA_BASE_URL: 'http://127.0.0.1:9',
    MERCHANTS_FILE: merchants,
    PAYLOAD_KEYS: payloadKeysSetting(...PAYLOAD_KEYS),
    DEVELOPMENT: 'true',
    API_PORT: String(await freePort()),
    WORKER_ADMIN_PORT: '0',
  };
}

/** They may have changed. */
const AGAIN = 'read its settings again';

const PROCESSES: Record<string, { command: string; port: string; may: Attempt[] }> = {
  api: { command: scripts['start:api'] ?? '', port: 'API_ADMIN_PORT', may: [AGAIN] },
  worker: { command: scripts['start:worker'] ?? '', port: 'WORKER_ADMIN_PORT', may: [AGAIN, 'start a thread'] },
  all: { command: scripts['start:all'] ?? '', port: 'API_ADMIN_PORT', may: [AGAIN, 'start a thread'] },
  codec: { command: scripts['start:codec'] ?? '', port: 'CODEC_PORT', may: [AGAIN] },
  desk: { command: scripts['start:desk'] ?? '', port: 'DESK_PORT', may: [AGAIN] },
  simulator: {
    command: `node --disable-sigusr1 dist/processes/confined.js simulator --merchants ${merchants} --data ${folder}/data`,
    port: '--port',
    may: ['write its data'],
  },
};

for (const [name, { command, port: setting, may }] of Object.entries(PROCESSES)) {
  describe(`the ${name}`, () => {
    let process: Running;
    before(async () => {
      const port = await freePort();
      const byFlag = setting.startsWith('--') ? ` ${setting} ${port}` : '';
      mkdirSync(join(folder, 'data'), { recursive: true });
      process = await start(command + byFlag, port, {
        ...(await settings()),
        [setting]: String(port),
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(PROBE)}`,
        TRY: JSON.stringify({ outside, merchants, program: join(ROOT, 'dist', 'x'), data: join(folder, 'data') }),
      });
    });

    it(`may ${may.join(' and ') || 'read its program'}, and nothing else`, async () => {
      process.child.kill('SIGUSR2');
      const line = await until('what it tried', () => /^TRIED (.*)$/m.exec(process.written())?.[1] ?? null);
      const expected = ATTEMPTS.map((attempt) => [attempt, may.includes(attempt) ? 'done' : 'ERR_ACCESS_DENIED']);
      assert.deepEqual(JSON.parse(line), Object.fromEntries(expected));
    });

    it('goes on after SIGUSR1, and nobody can inspect it', async () => {
      process.child.kill('SIGUSR1');
      for (let calls = 0; calls < 20; calls += 1) assert.equal(await alive(process), 200);
      assert.doesNotMatch(process.written(), /^(Debugger|Starting inspector)/m);
      assert.deepEqual([process.child.exitCode, process.child.signalCode], [null, null]);
    });

    if (may.includes('start a thread')) {
      it('has loaded what makes the threads of workflows cheaper', () => {
        const commandLine = readFileSync(`/proc/${process.child.pid}/cmdline`, 'utf8').split('\0');
        assert.ok(commandLine.some((arg) => /^--import=.*\/dist\/temporal\/workflow-thread\.js$/.test(arg)));
      });
    }

    if (may.includes(AGAIN)) {
      it('goes on after SIGHUP, also while it still waits for Temporal', async () => {
        process.child.kill('SIGHUP');
        for (let calls = 0; calls < 20; calls += 1) assert.equal(await alive(process), 200);
        assert.deepEqual([process.child.exitCode, process.child.signalCode], [null, null]);
      });
    }
  });
}

/** As Temporal's UI sends and gets it. */
type JsonPayload = { metadata: Record<string, string>; data: string };

async function encrypted(text: string): Promise<JsonPayload> {
  const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(text)) };
  const order = { type: 'workflow', namespace: 'default', workflowId: 'order:merchant_1:here' } as const;
  const [sealed] = (await createPayloadCodec(PAYLOAD_KEYS).encode([payload], order)) as [Payload];
  const base64 = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');
  const metadata = Object.entries(sealed.metadata ?? {}).map(([name, value]) => [name, base64(value)]);
  return { metadata: Object.fromEntries(metadata) as Record<string, string>, data: base64(sealed.data) };
}

async function decodes({ url }: Running): Promise<number | string> {
  const json = { payloads: [await encrypted('María')] };
  const answer = await call<{ payloads?: JsonPayload[] }>(`${url}/codec/decode`, { method: 'POST', json });
  const [shown] = answer.body.payloads ?? [];
  return shown === undefined ? answer.status : Buffer.from(shown.data, 'base64').toString();
}

describe('the codec', () => {
  it('alone needs the payload keys only, decodes, and has nothing of the API', async () => {
    const port = await freePort();
    const keys = { PAYLOAD_KEYS: payloadKeysSetting(...PAYLOAD_KEYS) };
    const codec = await start(scripts['start:codec'] ?? '', port, { ...keys, CODEC_PORT: String(port) });
    assert.equal(await decodes(codec), '"María"');
    for (const path of ['/v1/orders', '/v1/orders/order%3Amerchant_1%3Ahere', '/webhooks/sequra/probe', '/']) {
      for (const method of ['GET', 'POST'] as const) {
        assert.equal((await call(codec.url + path, { method })).status, 404, `${method} ${path}`);
      }
    }
    await end(codec);
  });

  for (const [setting, answer] of [
    ['on', '"María"'],
    ['off', 404],
  ] as const) {
    it(`is ${setting === 'on' ? 'on' : 'not on'} the API’s admin port with API_CODEC=${setting}`, async () => {
      const port = await freePort();
      const more = { API_CODEC: setting, API_ADMIN_PORT: String(port) };
      const api = await start(scripts['start:api'] ?? '', port, { ...(await settings()), ...more });
      assert.equal(await decodes(api), answer);
      await end(api);
    });
  }
});

/** Of those on the PATH, one that does not know `import.meta.main`. */
function oldNode(): { path: string; version: string } | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'node');
    const version = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
    const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
    if (major !== undefined && (Number(major) < 24 || (Number(major) === 24 && Number(minor) < 2)))
      return { path, version };
  }
  return null;
}

/** Skipped with a notice where there is none, and failing there in CI. */
function skipWithoutOldNode(): { skip: string | false } {
  if (oldNode() !== null) return { skip: false };
  const missing = 'no Node.js before 24.2 is on the PATH';
  if (process.env['CI'] !== undefined) throw new Error(missing);
  console.warn(`SKIPPED: ${missing}`);
  return { skip: missing };
}

describe('on a Node.js that is too old', skipWithoutOldNode(), () => {
  it('every program that is started by itself ends at once, and says so', () => {
    const { path = '', version = '' } = oldNode() ?? {};
    const programs = globSync('dist/**/*.js', { cwd: ROOT }).filter((file) =>
      /^if \(.*import\.meta/m.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    assert.ok(programs.length >= 4, programs.join());
    for (const program of programs) {
      const { status, stderr } = spawnSync(path, [program], { cwd: ROOT, encoding: 'utf8', env: {} });
      assert.equal(status, 1, program);
      // In our words, or in those of Node.js where it does not get that far.
      assert.ok(stderr.includes(version), `${program}: ${stderr}`);
    }
  });
});

/** Stands where Temporal is started, and writes down what it finds. */
const WITNESS = `#!/bin/sh
if [ "$1" = --version ]; then echo 'temporal version 9.9.9'; exit; fi
echo "$(ls -ld .data | cut -c1-10) $(umask)" >>witnessed
exit 1
`;

describe('npm start', () => {
  it('has a folder of data that is nobody else’s before anything is written to it', () => {
    const copy = join(folder, 'copy');
    for (const part of ['src', 'package.json', 'scripts/temporal-binaries.txt'])
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    const cli = join(copy, 'witness');
    writeFileSync(cli, WITNESS, { mode: 0o755 });
    const ports = Object.keys(PORTS);
    for (const args of ['', '--fresh']) {
      const { stderr } = spawnSync(
        '/bin/sh',
        ['-c', `umask 000 && exec "$0" src/dev/main.ts --once ${args}`, process.execPath],
        {
          cwd: copy,
          encoding: 'utf8',
          env: { ...process.env, TEMPORAL_CLI: cli, ...Object.fromEntries(ports.map((name) => [name, '0'])) },
        },
      );
      assert.match(stderr, /Temporal did not start/);
    }
    assert.deepEqual(readFileSync(join(copy, 'witnessed'), 'utf8'), 'drwx------ 0077\n'.repeat(2));
    const others = globSync('.data/**', { cwd: copy }).filter(
      (path) => (statSync(join(copy, path)).mode & 0o077) !== 0,
    );
    assert.deepEqual(others, []);
  });
});
