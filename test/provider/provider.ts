// A provider made of a bare TCP server, so that a test decides every byte of an answer and sees every byte of a request.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { TestContext } from 'node:test';

type Received = { method: string; path: string; headers: ReadonlyMap<string, string>; body: string };

export type Respond = (socket: Socket, request: Received) => void;

export type Provider = {
  port: number;
  baseUrl: string;
  /** Requests that arrived completely. */
  received: Received[];
  /** Sockets accepted so far, open or not. */
  connections: Socket[];
  bytesReceived(): number;
  openSockets(): number;
};

/** Listens on a free loopback port until the test ends; `respond` is called for each complete request. */
export async function startProvider(t: TestContext, respond: Respond): Promise<Provider> {
  const received: Received[] = [];
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => {});
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const request = parseRequest(bytes);
      if (request === null) return;
      bytes = Buffer.alloc(0);
      received.push(request);
      respond(socket, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    for (const socket of connections) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    baseUrl: `http://127.0.0.1:${port}`,
    received,
    connections,
    bytesReceived: () => connections.reduce((sum, socket) => sum + socket.bytesRead, 0),
    openSockets: () => connections.filter((socket) => !socket.destroyed).length,
  };
}

/** A complete answer. Without `connection: close` the connection stays open, as most servers would have it. */
export function answer(status: number, body: string, headers: Record<string, string> = {}): string {
  return `${head(status, { 'content-length': String(Buffer.byteLength(body)), ...headers })}${body}`;
}

export function head(status: number, headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n`;
}

function parseRequest(bytes: Buffer): Received | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [requestLine = '', ...headerLines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = new Map(headerLines.map((line): [string, string] => splitHeader(line)));
  const body = bytes.subarray(end + 4);
  if (body.length < Number(headers.get('content-length') ?? 0)) return null;
  const [method = '', path = ''] = requestLine.split(' ');
  return { method, path, headers, body: body.toString('utf8') };
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
