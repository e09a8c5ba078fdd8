// Webhooks arrive as seQura sends them: repeated until a 2xx or 501, with growing gaps, and dropped for good after ten repeats.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { FaultInput } from '../../src/simulator/fault-table.ts';
import type { Delivery } from '../../src/simulator/records.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import type { Receiver, Reply } from '../support/receiver.ts';
import { startReceiver } from '../support/receiver.ts';
import { until } from '../support/waits.ts';
import { createdId, simulate } from './setup.ts';

type Setting = {
  replies?: [Reply, ...Reply[]];
  options?: Partial<SimulatorOptions>;
};

async function signing(
  t: TestContext,
  { replies = [200], options = {} }: Setting = {},
): Promise<{ simulator: Simulator; receiver: Receiver; settle: () => Promise<Delivery[]> }> {
  const receiver = await startReceiver(null, ...replies);
  const simulator = await simulate(`${receiver.origin}/hooks/token`, options);
  t.after(async () => {
    await simulator.close();
    await receiver.goOffline();
  });
  await createdId(simulator, { reference: 'pos 1/ñ ✓' });
  async function settle(): Promise<Delivery[]> {
    await simulator.idle();
    return simulator.ledger.webhooks('pos 1/ñ ✓');
  }
  return { simulator, receiver, settle };
}

const statuses = (delivery: Delivery | undefined) => delivery?.tries.map(({ http_status }) => http_status);

describe('a webhook', () => {
  test('is a form with the documented parameters and user agent', async (t) => {
    const { simulator, receiver, settle } = await signing(t);
    simulator.confirm('pos 1/ñ ✓');
    const [delivery] = await settle();
    const [post] = receiver.received;
    assert.ok(post);
    assert.deepEqual([post.method, post.path], ['POST', '/hooks/token']);
    assert.equal(post.headers['user-agent'], 'SeQura-Event/1.0 (www.sequra.es)');
    assert.match(post.headers['content-type'] ?? '', /^application\/x-www-form-urlencoded/);
    assert.deepEqual(Object.fromEntries(post.form), {
      event: 'order/confirmed',
      event_id: delivery?.event_id,
      order_ref_1: 'pos 1/ñ ✓',
      order_ref_2: '""',
      order_ref: simulator.ledger.orders()[0]?.uuid,
      charset: 'UTF-8',
      utf8: '✓',
    });
    assert.equal(delivery?.state, 'delivered');
    assert.deepEqual(statuses(delivery), [200]);
  });

  test('is delivered by any 2xx', async (t) => {
    const { simulator, settle } = await signing(t, { replies: [204] });
    simulator.confirm('pos 1/ñ ✓');
    assert.deepEqual((await settle()).map(statuses), [[204]]);
  });

  test('is repeated with the same id after 4xx, 5xx and 3xx, with growing gaps', async (t) => {
    const answers = [404, 409, 410, 500, 503, 302] as const;
    const { simulator, receiver, settle } = await signing(t, {
      replies: [...answers, 200],
      options: { webhookRepeat: { baseGapMs: 10, factor: 2 } },
    });
    simulator.confirm('pos 1/ñ ✓');
    const [delivery] = await settle();
    assert.deepEqual(statuses(delivery), [...answers, 200]);
    assert.equal(delivery?.state, 'delivered');
    assert.equal(new Set(receiver.received.map(({ form }) => form.get('event_id'))).size, 1);
    const times = delivery.tries.map(({ at }) => Date.parse(at));
    const gapsMs = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    for (const [index, gapMs] of gapsMs.entries())
      assert.ok(gapMs >= 10 * 2 ** index - 2, `gap ${index} was ${gapMs} ms`);
  });

  test('is never repeated after 501', async (t) => {
    const { simulator, settle } = await signing(t, { replies: [503, 501] });
    simulator.confirm('pos 1/ñ ✓');
    const [delivery] = await settle();
    assert.deepEqual([delivery?.state, statuses(delivery)], ['refused', [503, 501]]);
  });

  test('is dropped for good after ten repeats', async (t) => {
    const { simulator, receiver, settle } = await signing(t, { replies: [500] });
    simulator.confirm('pos 1/ñ ✓');
    const [delivery] = await settle();
    assert.equal(delivery?.state, 'dropped');
    assert.equal(receiver.received.length, 11);
  });

  test('is repeated when a try times out, or nobody listens', async (t) => {
    const { simulator, receiver, settle } = await signing(t, {
      replies: [(response) => void setTimeout(() => response.end(), 200).unref()],
      options: { webhookRepeat: { baseGapMs: 1, factor: 1, repeats: 1, timeoutMs: 40 } },
    });
    simulator.confirm('pos 1/ñ ✓');
    const [late] = await settle();
    assert.deepEqual(
      late?.tries.map(({ error }) => error),
      ['timeout', 'timeout'],
    );
    await receiver.goOffline();
    simulator.sendWebhook('pos 1/ñ ✓', { event: 'again' });
    const [, refused] = await settle();
    const [first, again] = refused?.tries.map(({ error }) => error) ?? [];
    // The first may have met a connection that was still open.
    assert.match(String(first), /^(ECONNREFUSED|UND_ERR_SOCKET)$/);
    assert.equal(again, 'ECONNREFUSED');
  });

  for (const [redirects, state] of [
    [4, 'delivered'],
    [5, 'dropped'],
  ] as const) {
    test(`that is redirected ${redirects} times is ${state}`, async (t) => {
      const { simulator, receiver, settle } = await signing(t, {
        replies: [
          (response, { path }) => {
            const hop = Number(new URL(path, 'http://localhost').searchParams.get('hop') ?? 0);
            if (hop === redirects) response.end();
            else response.writeHead(307, { location: `/hooks/token?hop=${hop + 1}` }).end();
          },
        ],
        options: { webhookRepeat: { repeats: 0 } },
      });
      simulator.confirm('pos 1/ñ ✓');
      const [delivery] = await settle();
      assert.equal(delivery?.state, state);
      assert.equal(delivery.tries[0]?.redirects, 4);
      assert.ok(
        receiver.received.every(({ method, form }) => method === 'POST' && form.get('event') === 'order/confirmed'),
      );
    });
  }

  test('is withheld where the merchant has no URL', async (t) => {
    const simulator = await simulate();
    t.after(() => simulator.close());
    await createdId(simulator);
    simulator.confirm('pos_1234');
    await simulator.idle();
    assert.equal(simulator.ledger.webhooks()[0]?.state, 'withheld');
  });

  test('comes for a confirmation and a cancellation by seQura, and for nothing else', async (t) => {
    const { simulator, settle } = await signing(t);
    const others = { declined: 'decline', completed: 'complete' } as const;
    for (const reference of Object.keys(others)) await createdId(simulator, { reference });
    simulator.decline('declined');
    simulator.confirm('completed');
    simulator.complete('completed');
    simulator.cancel('pos 1/ñ ✓');
    await settle();
    assert.deepEqual(
      simulator.ledger.webhooks().map(({ reference, event }) => [reference, event]),
      [
        ['completed', 'order/confirmed'],
        ['pos 1/ñ ✓', 'order/cancelled'],
      ],
    );
  });
});

describe('a customer', () => {
  test('named Review Test Cancel is refused, and nobody is told', async (t) => {
    const { simulator, settle } = await signing(t);
    const id = await createdId(simulator, { reference: 'refused', given_names: 'Review Test', surnames: 'Cancel' });
    assert.equal(simulator.confirm('refused'), 'declined');
    await settle();
    assert.deepEqual([simulator.ledger.order(id)?.status, simulator.ledger.order(id)?.declined], ['pending', true]);
    assert.deepEqual(simulator.ledger.webhooks(), []);
  });

  test('cannot sign twice, nor what was declined or cancelled', async (t) => {
    const { simulator } = await signing(t);
    simulator.confirm('pos 1/ñ ✓');
    assert.throws(() => simulator.confirm('pos 1/ñ ✓'), /confirm is not possible/);
    await createdId(simulator, { reference: 'declined' });
    simulator.decline('declined');
    assert.throws(() => simulator.confirm('declined'), /confirm is not possible/);
    assert.throws(() => simulator.confirm('unknown'), /no order "unknown"/);
  });
});

describe('a fault of a webhook', () => {
  const REFERENCE = 'pos 1/ñ ✓';
  async function confirmWith(t: TestContext, fault: FaultInput<'webhook'>) {
    const parts = await signing(t);
    parts.simulator.faults.set(REFERENCE, 'webhook', fault);
    parts.simulator.confirm(REFERENCE);
    return { ...parts, hits: () => parts.simulator.ledger.hits(REFERENCE, 'webhook', fault.kind) };
  }

  test('duplicate: the same event ten times, in parallel', async (t) => {
    const { receiver, settle, hits } = await confirmWith(t, { kind: 'duplicate', copies: 10 });
    const deliveries = await settle();
    assert.equal(deliveries.length, 10);
    assert.equal(new Set(receiver.received.map(({ form }) => form.get('event_id'))).size, 1);
    assert.equal(receiver.received.length, 10);
    assert.equal(hits(), 1);
  });

  test('duplicate: apart, when told so', async (t) => {
    const { settle } = await confirmWith(t, { kind: 'duplicate', copies: 3, gap_ms: 40 });
    const times = (await settle()).map(({ tries }) => Date.parse(tries[0]?.at ?? ''));
    assert.ok((times[2] ?? 0) - (times[0] ?? 0) >= 75);
  });

  test('late: it comes, but later', async (t) => {
    const { simulator, receiver, settle, hits } = await confirmWith(t, { kind: 'late', delay_ms: 60 });
    assert.equal(simulator.ledger.orders(REFERENCE)[0]?.status, 'confirmed');
    assert.deepEqual([receiver.received.length, hits()], [0, 1]);
    assert.deepEqual((await settle()).map(statuses), [[200]]);
  });

  test('never: it does not come; one sent by hand does', async (t) => {
    const { simulator, receiver, settle, hits } = await confirmWith(t, { kind: 'never', times: null });
    assert.deepEqual(
      (await settle()).map(({ state, fault }) => [state, fault]),
      [['withheld', 'never']],
    );
    assert.deepEqual([receiver.received.length, hits()], [0, 1]);
    simulator.sendWebhook(REFERENCE, { event: 'order/confirmed' });
    await settle();
    assert.equal(receiver.received.length, 1);
  });

  test('other_event: it has another name', async (t) => {
    const { receiver, settle, hits } = await confirmWith(t, { kind: 'other_event', event: 'order/mystery' });
    await settle();
    assert.deepEqual([receiver.received[0]?.form.get('event'), hits()], ['order/mystery', 1]);
  });

  test('lost_answer: a 2xx is lost, so it is repeated', async (t) => {
    const { receiver, settle, hits } = await confirmWith(t, { kind: 'lost_answer', times: 2 });
    const [delivery] = await settle();
    assert.deepEqual(
      delivery?.tries.map(({ http_status, answer_lost }) => [http_status, answer_lost]),
      [
        [200, true],
        [200, true],
        [200, false],
      ],
    );
    assert.deepEqual([receiver.received.length, hits(), delivery.state], [3, 2, 'delivered']);
  });
});

test('a reset gives up webhooks that wait to be repeated', async (t) => {
  const { simulator, receiver } = await signing(t, {
    replies: [500],
    options: { webhookRepeat: { baseGapMs: 60_000 } },
  });
  simulator.confirm('pos 1/ñ ✓');
  await until('the first try', () => receiver.received.length === 1);
  simulator.reset();
  await simulator.idle();
  assert.deepEqual(simulator.ledger.record(), { orders: [], calls: [], webhooks: [], fault_hits: [] });
});
