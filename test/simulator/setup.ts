// A simulator on a free port, and a caller that says what became of a call.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { EXAMPLE_REQUEST } from '../../src/order/example.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';

export const ACCOUNT = { username: 'merchant_1', password: 'pässword:1' };

/** Two merchants; the webhooks of the first go to `webhookUrl`. */
export function simulate(
  webhookUrl: string | null = null,
  options: Partial<SimulatorOptions> = {},
): Promise<Simulator> {
  return startSimulator({
    port: 0,
    merchants: [
      { id: 'merchant_1', ...ACCOUNT, webhookUrl, stores: ['store_1'] },
      { id: 'merchant_2', username: 'merchant_2', password: 'secret', webhookUrl: null },
    ],
    webhookRepeat: { baseGapMs: 2, factor: 1.5, timeoutMs: 300 },
    ...options,
  });
}

const CONFINED = fileURLToPath(new URL('../../src/processes/confined.ts', import.meta.url));

export type SimulatorProcess = {
  url: string;
  pid: number;
  /** What it has written, a line each. */
  lines: string[];
  /** Resolves when it has ended: with its exit code, null where a signal ended it. */
  end: (signal: NodeJS.Signals) => Promise<number | null>;
};

/** As `npm run simulator` runs it, on a free port; resolves when it listens. Killed at the end of the test. */
export async function simulatorProcess(
  t: TestContext,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<SimulatorProcess> {
  const child = spawn(process.execPath, [CONFINED, 'simulator', '--port', '0', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  async function end(signal: NodeJS.Signals): Promise<number | null> {
    child.kill(signal);
    return (await exited)[0];
  }
  t.after(() => end('SIGKILL'));
  const lines: string[] = [];
  const url = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      const [, its] = /^seQura simulator: (\S+)/.exec(line) ?? [];
      if (its !== undefined) resolve(its);
    });
    void exited.then(([code]) => reject(new Error(`the simulator ended with ${code}`)));
  });
  return { url: await url, pid: child.pid ?? 0, lines, end };
}

export function orderBody(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...EXAMPLE_REQUEST, ...overrides };
}

export type Answered = { status: number; headers: IncomingHttpHeaders; text: string; json: unknown };
/** `headers` of a failed call: those of an answer that began. */
export type CallResult = Answered | { status: null; error: string; headers: IncomingHttpHeaders | null };

/** Of this process, or of one of its own. */
type Called = { url: string };
type CallOptions = { body?: unknown; account?: { username: string; password: string } | null; timeoutMs?: number };

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A POST as a backend makes it; an error is the word for what a client sees, such as `ECONNRESET`. */
export async function call(
  { url }: Called,
  path: string,
  { body, account = ACCOUNT, timeoutMs = 5_000 }: CallOptions = {},
): Promise<CallResult> {
  let headers: IncomingHttpHeaders | null = null;
  try {
    const basic = account && `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;
    const answer = await request(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(basic === null ? {} : { authorization: basic }) },
      body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    headers = answer.headers;
    const text = await answer.body.text();
    return { status: answer.statusCode, headers, text, json: readJson(text) };
  } catch (error) {
    const { name, code } = error as { name: string; code?: string | number };
    return { status: null, error: name === 'TimeoutError' ? name : String(code), headers };
  }
}

export const create = (simulator: Called, overrides: Record<string, unknown> = {}, options: CallOptions = {}) =>
  call(simulator, '/api/public/v1/orders', { body: orderBody(overrides), ...options });
export const sendSms = (simulator: Called, id: number, options: CallOptions = {}) =>
  call(simulator, `/api/public/v1/orders/${id}/send_sms`, options);
export const cancel = (simulator: Called, id: number, options: CallOptions = {}) =>
  call(simulator, `/api/public/v1/orders/${id}/cancel`, options);

/** A new order's id. */
export async function createdId(simulator: Called, overrides: Record<string, unknown> = {}): Promise<number> {
  const answer = await create(simulator, overrides);
  if (answer.status !== 200) throw new Error(`the create was answered ${answer.status}`);
  return (answer.json as { id: number }).id;
}

/** The JSON of the control API. */
export async function control(
  simulator: Called,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: unknown }> {
  const answer = await fetch(`${simulator.url}/_sim${path}`, {
    method,
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: answer.status, json: await answer.json() };
}
