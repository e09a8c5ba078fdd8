// Ports of this machine for what is started during development and tests.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** Listens for a moment and gives the port back: another process may take it in between. */
async function listenBriefly(port: number): Promise<number> {
  const server = createServer().listen(port, LOOPBACK);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return address.port;
}

// Below the ports that systems give to outgoing connections, one of which could take it before it is used.
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

const given = new Set<number>();

/** Never the same port twice: the first may not be in use yet. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (given.has(port)) continue;
    given.add(port);
    if (await listenBriefly(port).catch(() => null)) return port;
  }
}

/** `setting`: the variable by which another port can be chosen. */
export async function requireFreePort(port: number, setting: string): Promise<void> {
  try {
    await listenBriefly(port);
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw new Error(
      `Port ${port} ${taken ? 'is taken: stop what uses it, or' : 'may not be used:'} set ${setting} to another port (0: any free one).`,
      { cause: error },
    );
  }
}
