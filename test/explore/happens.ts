// How an event reaches the order, whatever state its run is in; each change is judged, and published as the workflow does.
import type { Recovery } from '../../src/order/activity-results.ts';
import type { NewOrderEvent, OrderEvent } from '../../src/order/events.ts';
import type { Order } from '../../src/order/order.ts';
import type { Decider } from './decider.ts';
import { judgeByItself, judgeChange, learn } from './judge-change.ts';
import { judgeOrder } from './judge-order.ts';
import type { World } from './world.ts';
import { time } from './world.ts';

export type Happens = (world: World, event: NewOrderEvent) => void;

export function happensWith(d: Decider): Happens {
  const evolve = evolving(d);
  return (world, event) => {
    world.now += 1;
    const dated: OrderEvent = { ...event, at: time(world.now) };
    const before = world.order;
    const after = evolve(before, dated);
    if (world.run !== 'running') {
      // Looked at before it is opened again.
      if (after === before) {
        judgeChange(world, before, dated, after, d);
        return learn(world, before, dated, after);
      }
      world.run = 'running';
      world.memo = before;
      if (world.point !== null) world.point.open = false;
    }
    judgeChange(world, before, dated, after, d);
    learn(world, before, dated, after);
    become(world, after, dated, d);
  };
}

/** The same event in many worlds makes the same of an order, and is judged once. */
function evolving(d: Decider): Decider['evolve'] {
  const known = new WeakMap<Order, Map<string, Order>>();
  return (before, event) => {
    let of = known.get(before);
    if (of === undefined) known.set(before, (of = new Map()));
    const key = JSON.stringify(event);
    const was = of.get(key);
    if (was !== undefined) return was;
    const evolved = d.evolve(before, event);
    judgeByItself(before, event, evolved, d);
    if (evolved !== before) judgeOrder(evolved, event.at, d);
    of.set(key, evolved);
    return evolved;
  };
}

function become(world: World, after: Order, event: OrderEvent, d: Decider): void {
  const { order: before, point } = world;
  if (
    point?.open === true &&
    (event.type === 'webhook' || event.type === 'cancel_requested' || event.type === 'sms_requested')
  )
    point.again.push(event);
  if (before.revision !== after.revision || underWay(before) !== underWay(after)) world.memo = after;
  world.order = after;
  if (d.decide(after).do === 'close' && missing(world) === null && world.call === null) closes(world);
}

/** A next run begins with what was published. */
function closes(world: World): void {
  world.run = 'closed';
  world.order = world.memo;
  world.call = null;
  if (world.point !== null) world.point.open = false;
}

/** As in `publish`. */
function underWay({ cancel, sms, lateAnswer, keyed }: Order): string {
  return JSON.stringify([cancel, sms.queue, sms.retryAt, lateAnswer ?? null, keyed ?? null]);
}

/** What a run made by a reset has to recover yet. */
export function missing({ resets, forgotten, order }: World): Recovery | null {
  const run = String(resets);
  return forgotten === null || order.tookOverFrom === run ? null : { run, order: forgotten };
}
