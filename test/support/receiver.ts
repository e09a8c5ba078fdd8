// Receives seQura's webhooks or our notifications: a server that answers as a test says, and keeps every byte of each request.
import { once } from 'node:events';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from '../../src/activities/notify.ts';
import { ENDPOINT_PATH, ENDPOINT_SECRET } from './canaries.ts';

/** `form`: the body, if it is a form. */
export type Received = {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  form: URLSearchParams;
  atMs: number;
};

/** It has the URL and the secret of a merchant's endpoint. */
export type Receiver = Endpoint & {
  /** The URL without a path. */
  origin: string;
  received: Received[];
  /** Refuses connections from now on. */
  goOffline(): Promise<void>;
  goOnline(): Promise<void>;
};

/** A status, or a function that answers. */
export type Reply = number | ((response: ServerResponse, request: Received) => void);

/** A test, or whatever else ends. */
type Ending = { after(end: () => unknown): void };

/** Listens on a free loopback port until `t` ends; null: until it goes offline. Gives the replies in turn, and the last one for ever. */
export async function startReceiver(t: Ending | null, ...replies: [Reply, ...Reply[]]): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const body = Buffer.concat(chunks).toString('utf8');
      const request = { method, path: url, headers, body, form: new URLSearchParams(body), atMs: Date.now() };
      received.push(request);
      const reply = replies[Math.min(received.length, replies.length) - 1];
      if (typeof reply === 'function') reply(response, request);
      else response.writeHead(reply ?? 500).end();
    });
  });
  async function listen(port: number): Promise<void> {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  }
  async function goOffline(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
  await listen(0);
  const { port } = server.address() as AddressInfo;
  t?.after(goOffline);
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    url: `${origin}/${ENDPOINT_PATH}?key=${ENDPOINT_PATH}`,
    secret: ENDPOINT_SECRET,
    received,
    goOffline,
    goOnline: () => listen(port),
  };
}
