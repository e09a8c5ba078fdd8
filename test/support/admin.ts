// An admin port of its own, on loopback and a free port unless told otherwise.
import { Registry } from '@prometheus-io/client';
import type { Admin, AdminOptions } from '../../src/processes/admin.ts';
import { startAdmin } from '../../src/processes/admin.ts';

export async function openAdmin(
  options: Partial<AdminOptions> = {},
): Promise<Admin & AsyncDisposable & { url: string }> {
  const admin = await startAdmin({
    host: '127.0.0.1',
    port: 0,
    setting: 'API_ADMIN_PORT',
    callers: { hosts: [], origins: [] },
    ready: () => ({ ready: true, reasons: [] }),
    metrics: new Registry(),
    ...options,
  });
  return { ...admin, url: `http://127.0.0.1:${admin.port}`, [Symbol.asyncDispose]: admin.close };
}
