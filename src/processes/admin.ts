// The admin port of a process.
import { createServer } from 'node:http';
import type { AdminParts } from '../admin/app.ts';
import { createAdminApp } from '../admin/app.ts';
import type { Callers } from '../admin/callers.ts';
import type { Decoded } from '../admin/codec-routes.ts';
import { limitConnections } from '../api/http/connections.ts';
import { mindPipelines } from '../api/http/pipelining.ts';
import { closeUnreadUploads } from '../api/http/uploads.ts';
import type { Config } from '../config/model.ts';
import type { Logger } from '../telemetry/log.ts';
import { listen } from './listen.ts';

export type AdminOptions = AdminParts & {
  host: string;
  /** 0: any free one. */
  port: number;
  /** The variable that the port came from. */
  setting: string;
  stillMs?: number;
};

export type Admin = { port: number; close: () => Promise<void> };

/** `url`: where browsers reach the port. */
export function adminCallers(
  { adminHosts, codecOrigins }: Pick<Config, 'adminHosts' | 'codecOrigins'>,
  url?: string,
): Callers {
  if (url === undefined) return { hosts: adminHosts, origins: codecOrigins };
  return { hosts: [...adminHosts, new URL(url).hostname], origins: [...codecOrigins, url], own: true };
}

/** Collectors of logs cut long lines. */
const IDS_A_LINE = 20;

/** A line for each call that has payloads decoded, whatever LOG_LEVEL says; several where they are of many workflows. */
export function auditDecoded(log: Logger): (what: Decoded) => void {
  const audit = log.child({}, { level: 'info' });
  return ({ person: { name, sub, role }, payloads, ids }) => {
    const lines = Math.max(1, Math.ceil(ids.length / IDS_A_LINE));
    for (let line = 0; line < lines; line += 1) {
      const its = ids.slice(line * IDS_A_LINE, (line + 1) * IDS_A_LINE);
      audit.info({ person: name, sub, role, payloads, ids: its }, 'payloads were decoded');
    }
  };
}

/** An upload that takes longer than this never ends. */
const UPLOAD_TIMEOUT_MS = 20_000;
/** Nothing here takes as long to answer: the caller of a connection that stands still for so long does not read. */
const STILL_MS = 30_000;
/** Probes, Prometheus, and some people with a browser. */
const MOST_CONNECTIONS = 1_000;

export async function startAdmin({
  host,
  port: wanted,
  setting,
  stillMs = STILL_MS,
  ...parts
}: AdminOptions): Promise<Admin> {
  const server = createServer({ requestTimeout: UPLOAD_TIMEOUT_MS }, createAdminApp(parts));
  mindPipelines(server);
  limitConnections(server, MOST_CONNECTIONS);
  server.setTimeout(stillMs);
  closeUnreadUploads(server);
  const port = await listen(server, { host, port: wanted, setting });
  return {
    port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
