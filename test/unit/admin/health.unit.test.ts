// The admin port: http-api.md, section 2.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Registry } from '@prometheus-io/client';
import { Router } from 'express';
import type { Admin, AdminOptions } from '../../../src/processes/admin.ts';
import type { Health, HealthOptions, NotReady } from '../../../src/admin/health.ts';
import { watchTemporal } from '../../../src/admin/health.ts';
import { openAdmin } from '../../support/admin.ts';

const QUICK = { everyMs: 20, deadlineMs: 200 };

/** Waits until the reasons are these; the test fails where they never are. */
async function reasons({ readiness }: Health, ...expected: NotReady[]): Promise<void> {
  const giveUpAt = Date.now() + 5_000;
  while (Date.now() < giveUpAt && String(readiness().reasons) !== String(expected)) await sleep(5);
  assert.deepEqual(readiness(), { ready: expected.length === 0, reasons: expected });
}

async function withHealth(
  check: () => Promise<NotReady | null | void>,
  use: (health: Health) => Promise<void>,
  options: HealthOptions = {},
): Promise<void> {
  const health = watchTemporal(check, { ...QUICK, ...options });
  try {
    await use(health);
  } finally {
    health.stop();
  }
}

async function withAdmin(
  options: Partial<AdminOptions>,
  use: (url: string, admin: Admin) => Promise<void>,
): Promise<void> {
  const admin = await openAdmin(options);
  try {
    await use(admin.url, admin);
  } finally {
    await admin.close();
  }
}

describe('a process', () => {
  it('is ready when Temporal has answered, not before', async () =>
    withHealth(
      () => sleep(20),
      async (health) => {
        assert.deepEqual(health.readiness(), { ready: false, reasons: ['starting'] });
        await reasons(health);
      },
    ));

  it('is not ready while Temporal refuses, and again when it answers', async () => {
    let isDown = false;
    await withHealth(
      async () => {
        if (isDown) throw new Error('down');
      },
      async (health) => {
        await reasons(health);
        isDown = true;
        await reasons(health, 'temporal_unreachable');
        isDown = false;
        await reasons(health);
      },
    );
  });

  it('is not ready while Temporal answers but lacks what orders need, and says what', async () => {
    let lack: NotReady | null = null;
    await withHealth(
      () => Promise.resolve(lack),
      async (health) => {
        await reasons(health);
        for (lack of ['namespace_not_found: reprots', 'search_attributes_missing: OrderStatus'] as const) {
          await reasons(health, lack);
        }
        lack = null;
        await reasons(health);
      },
    );
  });

  it('is not ready while Temporal says nothing at all', async () => {
    let isSilent = false;
    await withHealth(
      () => (isSilent ? new Promise<void>(() => {}) : Promise.resolve()),
      async (health) => {
        await reasons(health);
        isSilent = true;
        await reasons(health, 'temporal_unreachable');
        isSilent = false;
        await reasons(health);
      },
    );
  });

  it('is not ready while it drains, or lacks what else it needs', async () =>
    withHealth(
      () => Promise.resolve(),
      async (health) => {
        await reasons(health, 'worker_not_polling');
        health.drain();
        await reasons(health, 'draining', 'worker_not_polling');
      },
      { alsoRequired: () => 'worker_not_polling' },
    ));

  it('asks no more after stop', async () => {
    let asked = 0;
    const health = watchTemporal(async () => {
      asked += 1;
    }, QUICK);
    await sleep(50);
    health.stop();
    const askedBefore = asked;
    await sleep(80);
    assert.ok(askedBefore > 1);
    assert.equal(asked, askedBefore);
  });
});

describe('the admin port', () => {
  it('says whether the process lives and is ready', async () => {
    let ready = true;
    await withAdmin({ ready: () => ({ ready, reasons: ready ? [] : ['draining'] }) }, async (url) => {
      assert.equal((await fetch(`${url}/livez`)).status, 200);
      const good = await fetch(`${url}/readyz`);
      assert.deepEqual([good.status, await good.json()], [200, { status: 'ready', reasons: [] }]);
      ready = false;
      const bad = await fetch(`${url}/readyz`);
      assert.deepEqual([bad.status, await bad.json()], [503, { status: 'not_ready', reasons: ['draining'] }]);
      assert.equal((await fetch(`${url}/livez`)).status, 200);
    });
  });

  it('shows the metrics in the format of Prometheus', async () => {
    const metrics = new Registry();
    new Counter({ name: 'webhooks_total', help: 'Webhooks taken.', registers: [metrics] }).inc(3);
    await withAdmin({ metrics }, async (url) => {
      const response = await fetch(`${url}/metrics`);
      assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
      assert.match(await response.text(), /^webhooks_total 3$/m);
    });
  });

  it('has room for more routes', async () => {
    const routes = Router().post('/codec/decode', (_req, res) => void res.json({ payloads: [] }));
    await withAdmin({ routes }, async (url) => {
      assert.equal((await fetch(`${url}/codec/decode`, { method: 'POST' })).status, 200);
    });
  });

  for (const [method, path, status, code] of [
    ['GET', '/v1/orders', 404, 'route_not_found'],
    ['POST', '/readyz', 405, 'method_not_allowed'],
  ] as const) {
    it(`answers ${method} ${path} with the problem ${code}`, async () =>
      withAdmin({}, async (url) => {
        const response = await fetch(`${url}${path}`, { method });
        assert.equal(response.status, status);
        assert.equal(response.headers.get('content-type'), 'application/problem+json');
        assert.equal(response.headers.get('allow'), status === 405 ? 'GET, HEAD' : null);
        assert.equal(((await response.json()) as { code: string }).code, code);
      }));
  }

  it('names its setting where the port is taken', async () =>
    withAdmin({}, async (_url, { port }) => {
      await assert.rejects(
        withAdmin({ port }, async () => {}),
        {
          message: 'API_ADMIN_PORT: cannot listen there (EADDRINUSE).',
        },
      );
    }));

  it('closes though a client is connected and says nothing', async () =>
    withAdmin({}, async (_url, { port, close }) => {
      const silent = connect(port, '127.0.0.1').on('error', () => {});
      await once(silent, 'connect');
      await sleep(50);
      const outcome = await Promise.race([close(), sleep(2_000, 'late', { ref: false })]);
      silent.destroy();
      assert.equal(outcome, undefined);
    }));
});
