// The API and the worker as whoever operates them starts them: through npm, each a process of its own, told everything by its environment.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { freePort } from '../../src/dev/temporal.ts';
import type { OrderView } from '../../src/order/view.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { WebhookRepeat } from '../../src/simulator/webhooks.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { checkAnswer } from './declared.ts';
import { orderPath, orderRequest } from './orders.ts';
import { until } from './waits.ts';
import type { Receiver } from './receiver.ts';
import { startReceiver } from './receiver.ts';
import { API_KEY, PASSWORD, PAYLOAD_KEYS, payloadKeysSetting, PERSON, WEBHOOK_TOKEN } from './canaries.ts';
import { ACCOUNT, sha256 } from './merchants.ts';
import { apiKey, merchant, merchantsFile } from './config-fixtures.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type Settings = Readonly<Record<string, string>>;

export type Program = {
  script: string;
  stdout: () => string;
  stderr: () => string;
  /** How it ended, with all that it started: by an exit code or by a signal. Throws where it goes on for ever. */
  ended: () => Promise<number | NodeJS.Signals>;
  hasEnded: () => boolean;
  /** SIGTERM to npm alone, as a supervisor sends it. */
  terminate: () => void;
  /** SIGKILL to npm and all that it started. */
  kill: () => void;
  /** SIGSTOP and SIGCONT to all of it: a host that hangs. */
  pause: () => void;
  resume: () => void;
};

const scratch = mkdtempSync(join(tmpdir(), 'processes-'));
const programs: Program[] = [];

/** `npm run`, with these settings and no others. */
export function npmRun(script: string, settings: Settings): Program {
  const child = spawn('npm', ['run', '--silent', script], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: scratch, npm_config_update_notifier: 'false', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('npm could not be started');
  // Waits for the end of this process, however that comes, and leaves nothing running.
  const guard = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -KILL -- "-$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });

  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  }
  let ending: number | NodeJS.Signals | null = null;
  child.once('close', (code, signal) => {
    ending = code ?? signal;
    guard.kill('SIGKILL');
  });
  const program: Program = {
    script,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    ended: () => until(`npm run ${script} ends`, () => ending),
    hasEnded: () => ending !== null,
    terminate: () => void child.kill('SIGTERM'),
    kill: () => void process.kill(-pid, 'SIGKILL'),
    pause: () => void process.kill(-pid, 'SIGSTOP'),
    resume: () => void process.kill(-pid, 'SIGCONT'),
  };
  programs.push(program);
  return program;
}

/** Everything that every program has written. */
export function everyOutput(): { stdout: string; stderr: string } {
  return {
    stdout: programs.map(({ stdout }) => stdout()).join(''),
    stderr: programs.map(({ stderr }) => stderr()).join(''),
  };
}

/** Kills what still runs, and forgets their files. */
export async function endPrograms(): Promise<void> {
  for (const program of programs) if (!program.hasEnded()) program.kill();
  await Promise.all(programs.map(({ ended }) => ended()));
  rmSync(scratch, { recursive: true });
}

export type Answer<Body> = { status: number; headers: IncomingHttpHeaders; body: Body; ms: number };
type CallOptions = { method?: 'GET' | 'POST'; headers?: Record<string, string>; json?: unknown; keepAlive?: boolean };

/** Over a connection of its own unless it is kept: processes come and go on the same port. */
export async function call<Body>(
  url: string,
  { method = 'GET', headers = {}, json, keepAlive = false }: CallOptions = {},
): Promise<Answer<Body>> {
  const startedAt = performance.now();
  const answer = await request(url, {
    method,
    headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: json === undefined ? null : JSON.stringify(json),
    reset: !keepAlive,
  });
  const text = await answer.body.text();
  const isJson = /\bjson\b/.test(String(answer.headers['content-type']));
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: (isJson ? JSON.parse(text) : text) as Body,
    ms: performance.now() - startedAt,
  };
}

/** Its status, or the reason why there is none. */
export async function probe({ admin }: Started, path: '/livez' | '/readyz'): Promise<number | string> {
  return call(admin + path).then(
    ({ status }) => status,
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'no answer'),
  );
}

/** A process with the address of its admin port. */
export type Started = Program & { admin: string };
export type StartedApi = Started & Till;

type OrderAnswer = OrderView & { code?: string; order?: OrderView };

/** A backend that has the key of the till. */
export type Till = {
  url: string;
  call(path: string, options?: CallOptions): Promise<Answer<OrderAnswer>>;
  /** `POST /v1/orders`, for a person whose data is looked for afterwards. */
  post(reference: string): Promise<Answer<OrderAnswer>>;
  /** `POST /v1/orders` with any body. */
  place(body: object, headers?: Record<string, string>): Promise<Answer<OrderAnswer>>;
  /** The order as soon as `holds`; throws with what it is instead. */
  see(id: string, what: string, holds: (order: OrderView) => boolean): Promise<OrderView>;
};

export function till(url: string, key: string = API_KEY): Till {
  const self: Till = {
    url,
    async call(path, { headers = {}, ...options } = {}) {
      const answer = await call<OrderAnswer>(url + path, {
        headers: { authorization: `Bearer ${key}`, ...headers },
        ...options,
      });
      const { status, body } = answer;
      checkAnswer({
        method: options.method ?? 'GET',
        path,
        status,
        header: (name) => answer.headers[name.toLowerCase()]?.toString() ?? null,
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return answer;
    },
    post: (reference) => self.place(orderRequest({ reference, ...PERSON })),
    place: (json, headers = {}) => self.call('/v1/orders', { method: 'POST', json, headers }),
    async see(id, what, holds) {
      let seen: OrderView | undefined;
      return until(what, async () => {
        const { status, body } = await self.call(orderPath(id));
        seen = body;
        return status === 200 && holds(body) ? body : null;
      }).catch((error: unknown) => {
        throw new Error(`never saw ${what}: ${JSON.stringify(seen, null, 2)}`, { cause: error });
      });
    },
  };
  return self;
}

export async function untilReady(...started: Started[]): Promise<void> {
  await Promise.all(
    started.map((program) =>
      until(`${program.script} is ready`, async () => {
        if (program.hasEnded()) throw new Error(`${program.script} ended: ${program.stderr()}`);
        return (await probe(program, '/readyz')) === 200;
      }),
    ),
  );
}

export type Site = {
  simulator: Simulator;
  webhookUrl: string;
  /** Of the merchant; fails the first time that it is told of something. */
  endpoint: Receiver;
  /** As both processes need them. */
  settings: Settings;
  /** Those of a merchants file in which the merchant has these settings instead. */
  settingsFor(merchant: object): Settings;
  /** On the port to which the simulator sends its webhooks, unless told otherwise. Do not wait until they are ready. */
  startApi(overrides?: Settings): Promise<StartedApi>;
  startWorker(overrides?: Settings): Promise<Started>;
  close(): Promise<void>;
};

export type SiteOptions = {
  /** Settings of the merchant, as the merchants file has them. */
  merchant?: object;
  /** How seQura repeats its webhooks. */
  webhookRepeat?: Partial<WebhookRepeat>;
  /** Beside the merchant, with accounts at seQura that no webhooks come from; and keys beside the till's. */
  others?: { id: string; webhookToken: string }[];
  otherKeys?: { id: string; key: string; merchants: string[] }[];
  /** Where seQura sends its webhooks, where that is not straight to the API. */
  webhookPort?: (apiPort: number) => Promise<number>;
};

/** What the processes need besides Temporal, which does not have to be there. */
export async function openSite(
  temporalAddress: string,
  {
    merchant: changes = {},
    others = [],
    otherKeys = [],
    webhookRepeat = {},
    webhookPort = async (port) => port,
  }: SiteOptions = {},
): Promise<Site> {
  const apiPort = String(await freePort());
  const webhookUrl = `http://127.0.0.1:${await webhookPort(Number(apiPort))}/webhooks/sequra/${WEBHOOK_TOKEN}`;
  const simulator = await startSimulator({
    port: 0,
    merchants: [
      { ...ACCOUNT, webhookUrl },
      ...others.map(({ id }) => ({ id, username: id, password: PASSWORD, webhookUrl: null })),
    ],
    webhookRepeat: { baseGapMs: 200, ...webhookRepeat },
  });
  const ends: (() => unknown)[] = [() => simulator.close()];
  const endpoint = await startReceiver({ after: (end) => void ends.push(end) }, 500, 200);
  const { url, secret } = endpoint;
  const password = { env: 'SEQURA_PASSWORD' };
  const scopes = ['orders:read', 'orders:write', 'ops'];
  const settingsFor = (overrides: object): Settings => ({
    MERCHANTS_FILE: merchantsFile({
      merchants: [
        merchant({ password, webhook_tokens: [WEBHOOK_TOKEN], notify: { url, secret }, ...overrides }),
        ...others.map(({ id, webhookToken }) =>
          merchant({ id, username: id, password, webhook_tokens: [webhookToken] }),
        ),
      ],
      api_keys: [{ id: 'till', key: API_KEY, merchants: '*' as const }, ...otherKeys].map(({ key, ...its }) =>
        apiKey({ ...its, sha256: sha256(key), scopes }),
      ),
    }),
  });
  const settings: Settings = {
    TEMPORAL_ADDRESS: temporalAddress,
    SEQURA_BASE_URL: simulator.url,
    SEQURA_TIMEOUT_MS: '5000',
    SEQURA_PASSWORD: PASSWORD,
    PAYLOAD_KEYS: payloadKeysSetting(...PAYLOAD_KEYS),
    ...settingsFor(changes),
  };
  return {
    simulator,
    webhookUrl,
    settingsFor,
    endpoint,
    settings,

    async startApi(overrides = {}) {
      const adminPort = String(await freePort());
      const env = { ...settings, API_PORT: apiPort, API_ADMIN_PORT: adminPort, ...overrides };
      const admin = `http://127.0.0.1:${adminPort}`;
      return { ...npmRun('start:api', env), admin, ...till(`http://127.0.0.1:${env.API_PORT}`) };
    },

    async startWorker(overrides = {}) {
      const adminPort = String(await freePort());
      const program = npmRun('start:worker', { ...settings, WORKER_ADMIN_PORT: adminPort, ...overrides });
      return { ...program, admin: `http://127.0.0.1:${adminPort}` };
    },

    async close() {
      for (const end of ends) await end();
    },
  };
}
