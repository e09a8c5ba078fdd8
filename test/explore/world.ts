// The world around one order, as plain data: what the workflow knows, what seQura has, what is under way between them.
import type { OrderEvent } from '../../src/order/events.ts';
import type { Order } from '../../src/order/order.ts';
import { at as atSeconds, newOrder } from '../support/orders.ts';
import type { Bounds, Scenario } from './bounds.ts';
import type { Facts } from './facts.ts';
import { noFacts } from './facts.ts';

export type AtSequra = {
  id: string;
  status: 'pending' | 'confirmed' | 'cancelled';
  hasLink: boolean;
  /** Signed before it was cancelled. */
  wasSigned: boolean;
};

export type Mail = { kind: 'confirm' | 'cancel' | 'note' | 'unknown'; event: string; id: string; delivered: number };

export type Call = {
  step: 'create' | 'send_sms' | 'cancel';
  /** What seQura has made of it, and answers unless that is lost; null: not there yet. */
  flight: null | 'made' | 'done' | 'refused' | 'lost';
  /** A worker that died holds it: nobody hears the answer. */
  dead: boolean;
  /** An earlier try of this cancel may have arrived. */
  mayHaveArrived: boolean;
  /** A create that finds a cancel, or a call that was wanted before a backup was put back. */
  sendsNothing: null | 'cancel' | 'backup';
};

export type World = {
  order: Order;
  /** As the run published it: all that is left of it once it is stopped or reset. */
  memo: Order;
  /** Milliseconds since the order was accepted. */
  now: number;
  run: 'running' | 'closed' | 'stopped';
  call: Call | null;
  /** While no worker lives: what Temporal has recorded meanwhile. */
  inbox: OrderEvent[] | null;
  atSequra: AtSequra[];
  mail: Mail[];
  /** Whether webhooks can come in; since when they can again, in milliseconds. */
  wayIn: 'open' | 'closed' | { openSince: number };
  left: Bounds;
  /** Where a reset may go back to, and what it would deliver again. */
  point: { order: Order; call: Call | null; cancel: Facts['cancel']; again: OrderEvent[]; open: boolean } | null;
  resets: number;
  forgotten: Order | null;
  /** When a backup was put back. */
  restoredAt: number | null;
  /** What a fair observer knows, by no rule of `src/order`. */
  facts: Facts;
};

export function newWorld({ policy, bounds }: Pick<Scenario, 'policy' | 'bounds'>): World {
  const order = newOrder(policy);
  return {
    order,
    memo: order,
    now: 0,
    run: 'running',
    call: null,
    inbox: null,
    atSequra: [],
    mail: [],
    wayIn: 'open',
    left: bounds,
    point: null,
    resets: 0,
    forgotten: null,
    restoredAt: null,
    facts: noFacts(),
  };
}

/** Orders are never written to: the copy shares them. */
export function copyOf(world: World): World {
  return {
    ...world,
    call: world.call && { ...world.call },
    inbox: world.inbox && [...world.inbox],
    atSequra: world.atSequra.map((order) => ({ ...order })),
    mail: world.mail.map((mail) => ({ ...mail })),
    left: { ...world.left },
    point: world.point && { ...world.point, again: [...world.point.again] },
    facts: {
      ...world.facts,
      accepted: [...world.facts.accepted],
      keys: world.facts.keys.map((known) => ({ ...known })),
      cancel: world.facts.cancel && { ...world.facts.cancel },
    },
  };
}

/** The SMS that is under way reaches seQura. */
export function arrived({ order, facts }: World): void {
  for (const known of facts.keys) known.arrived ||= known.key === order.sms.queue[0];
}

const times = new Map<number, string>();

export function time(ms: number): string {
  let text = times.get(ms);
  if (text === undefined) times.set(ms, (text = atSeconds(ms / 1000)));
  return text;
}

const START = Date.parse(atSeconds(0));

/** Whether the call that comes next was wanted before a backup was put back, as the workflow tells the activity. */
export function isOlderThanBackup({ restoredAt, order }: World): boolean {
  const { status, create, createdAt, sms } = order;
  const asked = status === 'creating' ? create.againAt : sms.askedAt?.[sms.queue[0] ?? ''];
  return restoredAt !== null && since(asked ?? createdAt) < restoredAt;
}

/** As the text's distance from the beginning, in milliseconds. */
export function since(text: string): number {
  return Date.parse(text) - START;
}

/** All that a rule may look at, times as seconds from now: two worlds with the same key have the same future. */
export function keyOf(world: World): string {
  const { now, inbox, point } = world;
  const events = (list: OrderEvent[]) => JSON.stringify(list.map(({ at: _at, ...event }) => event));
  return [
    brief(world.order, now),
    world.memo === world.order ? '' : brief(world.memo, now),
    world.run,
    JSON.stringify(world.call),
    inbox && events(inbox),
    JSON.stringify(world.atSequra),
    JSON.stringify(world.mail),
    Object.values(world.left).join(),
    point &&
      [brief(point.order, now), JSON.stringify([point.call, point.cancel]), events(point.again), point.open].join(),
    typeof world.wayIn === 'string' ? world.wayIn : Math.round((now - world.wayIn.openSince) / 1000),
    world.resets,
    world.restoredAt !== null && isOlderThanBackup(world),
    world.forgotten && brief(world.forgotten, now),
    JSON.stringify(world.facts),
  ].join('\n');
}

const briefs = new WeakMap<Order, { now: number; text: string }>();

function brief(order: Order, now: number): string {
  const known = briefs.get(order);
  if (known?.now === now) return known.text;
  const rel = (text: string | null | undefined) => (text == null ? null : Math.round((since(text) - now) / 1000));
  const past = (text: string | null | undefined) => text != null;
  const lastSent = ({ sms, policy }: Order) =>
    (policy.smsReminderAfterSeconds === undefined ? past : rel)(sms.lastSentAt);
  const { create, sms, cancel, heard } = order;
  const text = JSON.stringify([
    order.status,
    Object.keys(order.attentions).toSorted(),
    order.sequraOrderId,
    order.numberIsTyped,
    order.orderUuid,
    rel(order.confirmBy),
    rel(order.graceUntil),
    order.failure?.code,
    [create.phase, create.attempts, rel(create.firstAt), rel(create.retryAt), create.doubt],
    [
      sms.sent,
      sms.lastOutcome,
      sms.queue.length,
      sms.tries,
      sms.repeated,
      rel(sms.retryAt),
      lastSent(order),
      sms.reminded,
    ],
    cancel && [cancel.cause, cancel.ofConfirmed, cancel.phase, rel(cancel.settleUntil), cancel.mayHaveArrived],
    [past(heard.confirmedAt), past(heard.cancelledAt)],
    order.seen.toSorted(),
    order.timeline.some(({ event }) => event === 'cancel_requested'),
    order.keyed?.map(({ at: _at, ...known }) => [known, sms.queue.indexOf(known.key)]),
    order.lateAnswer && [order.lateAnswer.words, rel(order.lateAnswer.at)],
    order.tookOverFrom,
    order.webhooksShutOut,
  ]);
  briefs.set(order, { now, text });
  return text;
}

const bare = new WeakMap<Order, Order>();

/** Without what only its readers need: the story of a life is told by its moves. */
export function withoutPast(order: Order): Order {
  const known = bare.get(order);
  if (known !== undefined) return known;
  const asked = order.timeline.find(({ event }) => event === 'cancel_requested');
  const timeline = asked === undefined ? [] : [asked];
  const pruned = timeline.length === order.timeline.length ? order : { ...order, timeline };
  bare.set(order, pruned);
  return pruned;
}
