// A merchant's endpoint on a socket: answers as a test says, and keeps every request to the byte.
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from '../../src/activities/notify.ts';

export type Received = { path: string; headers: IncomingHttpHeaders; body: string; atMs: number };

export type Receiver = Endpoint & {
  received: Received[];
  /** Refuses connections from now on. */
  goOffline(): Promise<void>;
  goOnline(): Promise<void>;
};

/** A status, or whatever a test does with the response. */
export type Reply = number | ((response: ServerResponse) => void);

/** In the path of every receiver's URL, which nobody but the receiver may see. */
export const CANARY_PATH = 'canary-hook-5e1f';
export const CANARY_SECRET = `whsec_${Buffer.from('canary secret of a merchant').toString('base64')}`;

/** A test, or whatever else ends. */
type Ending = { after(end: () => unknown): void };

/** On a free loopback port until `t` ends. The replies are given in turn, the last one for ever. */
export async function startReceiver(t: Ending, ...replies: [Reply, ...Reply[]]): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url = '', headers } = request;
      received.push({ path: url, headers, body: Buffer.concat(chunks).toString('utf8'), atMs: Date.now() });
      const reply = replies[Math.min(received.length, replies.length) - 1];
      if (typeof reply === 'function') reply(response);
      else response.writeHead(reply ?? 500).end();
    });
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const goOffline = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  t.after(async () => server.listening && (await goOffline()));
  return {
    url: `http://127.0.0.1:${port}/${CANARY_PATH}?key=${CANARY_PATH}`,
    secret: CANARY_SECRET,
    received,
    goOffline,
    goOnline: () => listen(port),
  };
}
