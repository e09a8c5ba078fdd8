// Random lives of an order in a faulty world: the invariants hold after every step, and every life comes to an end.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { decide } from '../../../src/order/decide.ts';
import type { Order } from '../../../src/order/order.ts';
import { openAttention } from '../../../src/order/order.ts';
import { isFinal, STATUSES } from '../../../src/order/status.ts';
import type { OrderStatus } from '../../../src/order/status.ts';
import { orderView } from '../../../src/order/view.ts';
import type { World } from '../../support/random-life.ts';
import { ANSWERS, delivers, interpreterMoves, newWorld, opens, pick } from '../../support/random-life.ts';

const RUNS = 20_000;
const MOST_STEPS = 200;

const policies = fc.record({
  onCreateOutcomeUnknown: fc.constantFrom('hold' as const, 'recreate' as const),
  smsLimit: fc.integer({ min: 1, max: 3 }),
  confirmWithinSeconds: fc.constantFrom(1, 60, 86_400),
  settleSeconds: fc.constantFrom(0, 600),
  createRetrySeconds: fc.constantFrom(0, 5, 300),
  smsReminderAfterSeconds: fc.constantFrom(10, 3_600, 1_000_000_000),
});

function withoutTimeline(order: Order): string {
  return JSON.stringify({ ...orderView(order), revision: 0, timeline: [] });
}

function checkStep(world: World): void {
  const [before, after] = world.history.slice(-2);
  if (before === undefined || after === undefined) return;
  if (world.jumped === 'reset') return;
  if (world.jumped === 'recovered')
    assert.ok(after.revision >= (world.forgotten?.revision ?? 0), 'a reset lowers no revision for good');
  const moved =
    world.jumped !== null ||
    before.status === after.status ||
    (STATUSES[before.status].moves as readonly OrderStatus[]).includes(after.status);
  assert.ok(moved, `I7: ${before.status} → ${after.status}`);
  const seen = (order: typeof before) => JSON.stringify({ ...orderView(order), revision: 0 });
  const rise = after.revision - before.revision;
  if (world.jumped === null)
    assert.equal(rise, seen(before) === seen(after) ? 0 : 1, 'the revision counts visible changes');
  else assert.ok(rise >= 0 && (rise > 0 || seen(before) === seen(after)), 'no two states have the same revision');
  assert.ok(after.sms.sent <= after.policy.smsLimit, 'I8: SMS within the limit');
  assert.ok(world.smsSent <= after.policy.smsLimit, 'I8: SMS at the provider within the limit');
  assert.ok(
    world.jumped !== null || before.confirmBy === null || before.confirmBy === after.confirmBy,
    'confirm_by never moves',
  );
  assert.ok(world.creates <= world.mayCreate, 'I2: no create is repeated blindly');
  assert.equal(world.cancelsSentAfterConfirm, 0, 'I3: no cancel after an accepted confirmation');
  assert.ok(after.timeline.length <= 100);
  const { event } = world.run.at(-1) ?? {};
  if (
    event?.type === 'webhook' &&
    world.isRepeat &&
    world.resets === 0 &&
    before.attentions.workflow_stopped === undefined
  )
    assert.equal(withoutTimeline(after), withoutTimeline(before), 'I4: the repeat of a webhook has an effect');
  if (event?.type === 'time' && event.wayIn === 'closed')
    assert.ok(after.cancel?.cause !== 'deadline' || before.cancel !== null, 'no deadline cancels behind a closed door');
  if (after.status !== 'awaiting_customer')
    assert.ok(after.attentions.webhooks_unreachable === undefined, 'only a deadline waits for the way in');
  if (decide(after).do === 'close')
    assert.ok(isFinal(after.status) && openAttention(after) === null, 'closed means done');
  assert.equal(orderView(after).closed_at === null, !isFinal(after.status));
}

/** Faults stop: calls are answered, webhooks arrive, time passes. Nobody acts any more. */
function heal(world: World): void {
  opens(world);
  carryOut(world);
  for (let delivered = 0; delivered < world.sent.length; delivered += 1) {
    const webhook = world.sent[delivered];
    if (webhook === undefined) return;
    delivers(world, webhook);
    checkStep(world);
    carryOut(world);
  }
}

function carryOut(world: World): void {
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const next = world.running === null ? interpreterMoves(world)[0] : ANSWERS[world.running][0];
    if (next === undefined) return;
    next.do(world);
    checkStep(world);
  }
  assert.fail('does not come to rest');
}

function checkQuiet(world: World): void {
  const { order } = world;
  const step = decide(order);
  const attention = openAttention(order);
  assert.ok(
    step.do === 'close' || attention !== null,
    `I9: neither final nor in front of a human: ${order.status}, ${step.do}`,
  );
  if (attention !== null || world.operatorDecided) return;
  const [live, ...others] = world.provider.filter(({ id }) => id === order.sequraOrderId);
  assert.deepEqual(others, []);
  if (live?.status === 'confirmed')
    assert.equal(order.status, 'confirmed', 'a signed order is never silently anything else');
  if (live?.status === 'pending') assert.fail(`I1: still live at seQura while ${order.status}`);
  if (live?.status === 'cancelled') {
    const endings: OrderStatus[] = live.cancelledWhileConfirmed
      ? ['cancelled', 'cancellation_requested']
      : ['cancelled', 'expired'];
    assert.ok(endings.includes(order.status), `cancelled at seQura, but ${order.status}`);
  }
  const doubted = order.policy.onCreateOutcomeUnknown === 'recreate' || world.mayCreate > 1;
  if (order.sequraOrderId === null && !doubted)
    assert.equal(world.provider.length, 0, 'I1: an order at seQura belongs to nobody');
}

it(`holds its invariants in ${RUNS} random lives`, (t) => {
  const seed = Date.now();
  t.diagnostic(`seed ${seed}`);
  const endings = new Map<string, number>();
  let shutOut = 0;
  const property = fc.property(policies, fc.array(fc.nat(9_999), { maxLength: 40, size: 'max' }), (policy, choices) => {
    const world = newWorld(policy);
    const names: string[] = [];
    try {
      for (const choice of choices) {
        const move = pick(world, choice);
        if (move === undefined) break;
        names.push(move.name);
        move.do(world);
        checkStep(world);
      }
      heal(world);
      checkQuiet(world);
    } catch (error) {
      throw new Error(`${(error as Error).message}\nafter: ${names.join(' → ')}`, { cause: error });
    }
    if (world.history.some(({ attentions }) => attentions.webhooks_unreachable !== undefined)) shutOut += 1;
    const ending = `${world.order.status} ${openAttention(world.order)?.reason ?? ''}`.trim();
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  });
  fc.assert(property, { numRuns: RUNS, seed });
  assert.ok(shutOut > 0, 'in no life a deadline passed while webhooks could not come in');
  for (const ending of [
    'confirmed',
    'expired',
    'cancelled',
    'failed',
    'cancellation_requested',
    'creating create_outcome_unknown',
  ]) {
    assert.ok(
      (endings.get(ending) ?? 0) > 0,
      `no life ended as ${ending}: ${JSON.stringify(Object.fromEntries(endings))}`,
    );
  }
});
