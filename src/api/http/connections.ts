// Limits the number of connections: beyond it, a new one replaces the one that has been idle longest.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Beside those on which answers wait. An idle one takes some 20 KB. */
export const MOST_CONNECTIONS = 5_000;

export function limitConnections(server: Server, most: number): void {
  const open = new Set<Socket>();
  /** Connections that wait for a request, or for the rest of its head; the most recently used is last. */
  const idle = new Set<Socket>();

  server.on('connection', (socket) => {
    open.add(socket);
    idle.add(socket);
    socket.once('close', () => (open.delete(socket), idle.delete(socket)));
    if (open.size <= most) return;
    const [oldest = socket] = idle;
    open.delete(oldest);
    idle.delete(oldest);
    oldest.destroy();
  });
  server.on('request', ({ socket }, res) => {
    idle.delete(socket);
    res.once('close', () => open.has(socket) && idle.add(socket));
  });
}
