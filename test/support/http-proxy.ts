// An HTTP proxy like those in real networks: it keeps connections to its target, changes messages, and may deliver a request more than once.
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Agent } from 'undici';

type Passing = { path: string; headers: Record<string, string> };
type Answering = { headers: Record<string, string>; body: Buffer };

export type Habits = {
  /** How often each request is delivered; the last answer is passed on. `at once`: no delivery waits for the answer to another. */
  deliver?: 'once' | 'twice at once' | 'twice, one after the other';
  /** Changes a request on its way. */
  request?: (passing: Passing) => void;
  /** Changes its answer. */
  answer?: (answering: Answering) => void;
};

export type HttpProxy = {
  url: string;
  port: number;
  has: (habits: Habits) => void;
  /** Connections that it has opened to its target. */
  connections: () => number;
  /** Requests that it has delivered. */
  delivered: () => number;
  close: () => Promise<void>;
};

/** `connections`: to the target; one by default, so that a test notices whatever breaks a connection. */
export async function openHttpProxy(target: () => string, connections = 1): Promise<HttpProxy> {
  let habits: Habits = {};
  const counts = { connections: 0, delivered: 0 };
  const pool = new Agent({ connections, keepAliveTimeout: 600_000, keepAliveMaxTimeout: 900_000, bodyTimeout: 0 });
  pool.on('connect', () => (counts.connections += 1));

  async function pass(req: IncomingMessage): Promise<Answering & { status: number }> {
    const body = await buffer(req);
    const passing = { path: req.url ?? '/', headers: endToEnd(req.headers) };
    habits.request?.(passing);
    const deliver = async () => {
      counts.delivered += 1;
      const answer = await pool.request({
        origin: target(),
        method: req.method ?? 'GET',
        ...passing,
        body: body.length === 0 ? null : body,
        headersTimeout: 0,
      });
      return { ...answer, bytes: Buffer.from(await answer.body.arrayBuffer()) };
    };
    const { statusCode, headers, bytes } = await delivered(deliver, habits.deliver ?? 'once');
    const answering = { status: statusCode, headers: endToEnd(headers), body: bytes };
    habits.answer?.(answering);
    return answering;
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    try {
      const { status, headers, body } = await pass(req);
      res.writeHead(status, headers).end(body);
    } catch {
      res.writeHead(502).end();
    }
  }

  const server = createServer((req, res) => void answer(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    has: (next) => void (habits = next),
    connections: () => counts.connections,
    delivered: () => counts.delivered,
    async close() {
      server.closeAllConnections();
      server.close();
      await pool.destroy();
    },
  };
}

async function delivered<Answer>(deliver: () => Promise<Answer>, how: Habits['deliver']): Promise<Answer> {
  if (how === 'once') return deliver();
  const first = deliver();
  if (how === 'twice, one after the other') await first;
  const [, second] = await Promise.all([first, deliver()]);
  return second;
}

const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'expect'];

/** The headers without those for the next hop only (RFC 9110, section 7.6.1). */
function endToEnd(
  headers: IncomingHttpHeaders | Record<string, string | string[] | undefined>,
): Record<string, string> {
  const kept = Object.entries(headers).filter(([name, value]) => value !== undefined && !HOP_BY_HOP.includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, [value].flat().join(', ')]));
}
