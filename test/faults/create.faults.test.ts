// Faults 1–13: whatever becomes of a create, the order ends right or asks a human, and is never made twice.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe } from 'node:test';
import { createSequraClient } from '../../src/sequra/client.ts';
import type { FaultInput } from '../../src/simulator/fault-table.ts';
import { ERROR_SHAPES } from '../../src/simulator/answers.ts';
import { ACCOUNT } from '../support/merchants.ts';
import { resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { closed, smsSent } from '../support/waits.ts';
import { signs } from './acts.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';

describe('a create', () => {
  let service: Service;
  before(async () => (service = await startService({ policy: { createRetrySeconds: 4, sequraTimeoutMs: 1_500 } })));
  after(() => service.close());
  const fault = openCourt(import.meta.url, () => service);

  const post = (one: Case, overrides = {}) =>
    one.posting((body) => service.api.place(body, { prefer: 'wait=20' }), overrides);
  const resolve = (id: string, action: string, more = {}) =>
    service.api.act(id, 'resolve', { ...resolution(action), ...more });
  const attach = (one: Case) =>
    resolve(one.id, 'attach', { sequra_order_id: String(service.simulator.ledger.orders(one.reference)[0]?.id) });
  const meets = (one: Case, input: FaultInput<'create'>) => {
    service.simulator.faults.set(one.reference, 'create', input);
    return () => one.proves(input.kind, service.simulator.ledger.hits(one.reference, 'create', input.kind));
  };

  /** The order is held, is placed again without effect, and goes on when an operator says that it is there. */
  async function isHeldAndFound(one: Case, input: FaultInput<'create'>): Promise<void> {
    const proven = meets(one, input);
    const { status, body } = await post(one);
    proven();
    assert.deepEqual([status, body.status, body.attention?.reason], [202, 'creating', 'create_outcome_unknown']);
    assert.equal((await post(one)).status, 200);
    assert.equal((await attach(one)).status, 200);
    await signs(service, one.reference);
  }

  /** The order is held, and an operator finds nothing at seQura and has it made. */
  async function isHeldAndMade(one: Case, input: FaultInput<'create'>): Promise<void> {
    const proven = meets(one, input);
    assert.equal((await post(one)).body.attention?.reason, 'create_outcome_unknown');
    proven();
    assert.deepEqual(service.simulator.ledger.orders(one.reference), []);
    assert.equal((await resolve(one.id, 'retry')).status, 200);
    await signs(service, one.reference);
  }

  async function isRefused(one: Case, input: FaultInput<'create'>, code: string): Promise<void> {
    const proven = meets(one, input);
    const { status, body } = await post(one);
    proven();
    const expected = code === 'unauthorized' ? 502 : 422;
    assert.deepEqual([status, body.order?.status, body.order?.failure?.code], [expected, 'failed', code]);
    assert.doesNotMatch(JSON.stringify(body), /petici|procesar|Access denied|<html/i, 'texts of seQura stay out');
    assert.equal((await post(one)).status, expected, 'a repeat that waits is told the same');
  }

  describe('side by side', { concurrency: 6 }, () => {
    fault(2, 'a timeout before seQura does anything', (one) => isHeldAndMade(one, { kind: 'timeout_before_effect' }));
    fault(3, 'a timeout after seQura has done it', (one) => isHeldAndFound(one, { kind: 'timeout_after_effect' }));
    fault(4, 'a connection reset after seQura has done it', (one) =>
      isHeldAndFound(one, { kind: 'reset_after_effect' }),
    );
    fault(4, 'a connection reset before seQura does anything', (one) =>
      isHeldAndMade(one, { kind: 'reset_before_effect' }),
    );
    fault(5, 'a 2xx whose body is cut', (one) => isHeldAndFound(one, { kind: 'cut_body' }));
    fault(5, 'a 2xx whose body is no JSON', (one) => isHeldAndFound(one, { kind: 'unreadable_body' }));
    fault(6, 'a 2xx about another reference', (one) => isHeldAndFound(one, { kind: 'other_reference' }));
    fault(6, 'a 2xx about another total', (one) => isHeldAndFound(one, { kind: 'other_total' }));

    for (const kind of ['http_500', 'http_502', 'http_503', 'http_504'] as const) {
      fault(7, `${kind} with effect`, (one) => isHeldAndFound(one, { kind, effect: true }));
      fault(7, `${kind} without effect`, (one) => isHeldAndMade(one, { kind }));
    }

    for (const [words, retryAfter] of [
      ['seconds', () => '1'],
      ['a date', () => new Date(Date.now() + 2_000).toUTCString()],
      ['nothing', () => null],
      ['what cannot be read', () => 'mañana'],
    ] as const) {
      fault(8, `429 with Retry-After as ${words}`, async (one) => {
        const proven = meets(one, { kind: 'rate_limited', retry_after: retryAfter(), times: 1 });
        assert.equal((await post(one)).status, 201);
        proven();
        await signs(service, one.reference);
      });
    }
    for (const retryAfter of ['31536000', '9'.repeat(30)]) {
      fault(8, `429 with an absurd Retry-After, ${retryAfter.length} digits`, async (one) => {
        const proven = meets(one, { kind: 'rate_limited', retry_after: retryAfter });
        const { status, body } = await post(one);
        proven();
        assert.deepEqual([status, body.order?.failure?.code], [502, 'rate_limited']);
      });
    }

    for (const status of [401, 403]) {
      fault(9, `a create answered ${status}`, (one) => isRefused(one, { kind: 'refuse', status }, 'unauthorized'));
    }

    for (const status of [404, 409, 422]) {
      for (const shape of ERROR_SHAPES) {
        fault(10, `${status} with an error in the shape ${shape}`, (one) =>
          isRefused(one, { kind: 'refuse', status, shape }, 'refused'),
        );
      }
    }

    fault(11, 'a redirect to another host, which gets no credentials', async (one) => {
      let visits = 0;
      const elsewhere = createServer((_req, res) => res.end(`${(visits += 1)}`)).listen(0, '127.0.0.1');
      await once(elsewhere, 'listening');
      const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/api/public/v1/orders`;
      await isHeldAndFound(one, { kind: 'redirect', location, effect: true });
      elsewhere.close();
      assert.equal(visits, 0);
    });

    fault(12, 'an answer that drips more slowly than the timeout', (one) =>
      isHeldAndFound(one, { kind: 'drip', gap_ms: 50 }),
    );
    fault(13, 'an answer of 50 MB', (one) => isHeldAndFound(one, { kind: 'huge_body' }));

    fault([2, 3], 'lost answers where the merchant says recreate: one order that can be signed', async (one) => {
      const policy = { onCreateOutcomeUnknown: 'recreate', sequraTimeoutMs: 1_500 } as const;
      const proven = meets(one, { kind: 'timeout_after_effect', times: 1 });
      await service.place({ request: { reference: one.reference }, policy });
      await service.see(one.id, 'the SMS', smsSent);
      proven();
      const [first, second] = service.simulator.ledger.orders(one.reference);
      assert.deepEqual([first?.sms.length, second?.sms.length], [0, 1]);
      await signs(service, one.reference);
    });

    fault([3, 38], 'a lost answer, and an operator who gives it up although it is there', async (one) => {
      const proven = meets(one, { kind: 'timeout_after_effect' });
      await post(one);
      proven();
      assert.equal((await resolve(one.id, 'give_up')).status, 200);
      const { status, failure } = await service.see(one.id, 'the end', closed);
      assert.deepEqual([status, failure?.code], ['failed', 'given_up']);
    });
  });

  describe('one at a time', () => {
    fault(1, 'connections refused, and in time accepted again', async (one) => {
      await service.simulator.goOffline();
      const placed = one.posting((body) => service.api.place(body, { prefer: 'wait=20' }));
      await assert.rejects(
        fetch(service.simulator.url),
        ({ cause }: Error) => (cause as { code: string }).code === 'ECONNREFUSED',
      );
      await service.pass(1_200);
      const waiting = await service.orders.get(one.id);
      one.proves('it waits for its next try', waiting?.status === 'creating');
      await service.simulator.goOnline();
      assert.equal((await placed).status, 201);
      await signs(service, one.reference);
    });

    fault(1, 'connections refused for longer than the window', async (one) => {
      await service.simulator.goOffline();
      const { status, body } = await post(one);
      one.proves('nothing reached seQura', service.simulator.ledger.calls(one.reference).length === 0);
      await service.simulator.goOnline();
      assert.deepEqual([status, body.order?.failure?.code], [502, 'unreachable']);
      assert.equal((await post(one)).status, 502, 'a repeat that waits is told the same');
    });

    fault(1, 'a name that no DNS knows', async (one) => {
      const merchants = new Map([[ACCOUNT.id, ACCOUNT]]);
      await service.stopWorker();
      await service.startWorker({ sequra: createSequraClient({ baseUrl: 'http://sequra.invalid', merchants }) });
      await assert.rejects(
        fetch('http://sequra.invalid'),
        ({ cause }: Error) => (cause as { syscall: string }).syscall === 'getaddrinfo',
      );
      const { status, body } = await post(one);
      one.proves('nothing reached seQura', service.simulator.ledger.calls(one.reference).length === 0);
      assert.deepEqual([status, body.order?.failure?.code], [502, 'unreachable']);
      await service.stopWorker();
      await service.startWorker();
    });
  });
});
