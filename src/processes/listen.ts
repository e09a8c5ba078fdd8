// Opens a port, or says in one sentence which setting to change.
import { once } from 'node:events';
import type { Server } from 'node:http';

/** The port that it listens on; `setting`: the variable that `port` came from. */
export async function listen(
  server: Server,
  { host, port, setting }: { host: string; port: number; setting: string },
): Promise<number> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new Error(`${setting}: cannot listen there (${code}).`, { cause: error });
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
