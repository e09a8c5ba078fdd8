// A small world around one order for model-based tests: a provider with real effects, a customer, and every fault that we know.
import { cancelStillWanted, decide } from '../../src/order/decide.ts';
import type { CancelResult, CreateResult, Recovery, SmsResult, WayIn } from '../../src/order/activity-results.ts';
import type { NewOrderEvent } from '../../src/order/events.ts';
import { evolve } from '../../src/order/evolve.ts';
import { heldCreateIsAnswered } from '../../src/order/on-create.ts';
import type { Failure, Order } from '../../src/order/order.ts';
import type { OrderPolicy } from '../../src/order/request.ts';
import { allowedActions, refuseCancel, refuseSms } from '../../src/order/refusal.ts';
import { isFinal } from '../../src/order/status.ts';
import { at, newOrder } from './orders.ts';

type ProviderOrder = {
  id: string;
  status: 'pending' | 'confirmed' | 'cancelled';
  cancelledWhileConfirmed: boolean;
  hasLink: boolean;
};
type Webhook = { event: string; event_id: string; kind: 'confirm' | 'cancel' | 'note' | 'unknown' };

export type World = {
  order: Order;
  now: number;
  provider: ProviderOrder[];
  /** Webhooks that seQura may deliver, also more than once. */
  sent: Webhook[];
  /** The activity that runs: a worker is inside its call. */
  running: 'create' | 'send_sms' | 'cancel' | null;
  cancelMayHaveArrived: boolean;
  /** What seQura answers to the cancel that is in flight; null while none is. */
  cancelAnswer: CancelResult | 'lost' | null;
  creates: number;
  mayCreate: number;
  operatorDecided: boolean;
  confirmAccepted: boolean;
  cancelsSentAfterConfirm: number;
  /** Whether a cancel was asked for by somebody who knew of the confirmation. */
  cancelOfConfirmed: boolean;
  /** Webhooks that changed the order, and whether the last one did. */
  taken: string[];
  isRepeat: boolean;
  /** Whether webhooks can come in. `openSince`: since when they can again; null: they always could. */
  wayIn: 'closed' | { openSince: number | null };
  smsSent: number;
  history: Order[];
  /** The order as the workflow has published it: all that is left of a run that was terminated or reset. */
  memo: Order;
  /** Every state of the run, with the event that led there. A reset delivers the signals and updates among these events again. */
  run: { order: Order; event: NewOrderEvent | null }[];
  /** How often the order was reset. The number also names the run that the present one replaced. */
  resets: number;
  forgotten: Order | null;
  /** Whether the last move was a reset, in which the order forgets, or its recovery. Both let the order jump. */
  jumped: 'reset' | 'recovered' | null;
};

/** A move happens as often as its weight says; unlikely ones have weight 1. */
export type Move = { name: string; weight?: number; do: (world: World) => void };

export function newWorld(policy: Partial<OrderPolicy>): World {
  const order = newOrder(policy);
  return {
    order,
    now: 0,
    provider: [],
    sent: [],
    running: null,
    cancelMayHaveArrived: false,
    cancelAnswer: null,
    creates: 0,
    mayCreate: 1,
    operatorDecided: false,
    confirmAccepted: false,
    cancelsSentAfterConfirm: 0,
    cancelOfConfirmed: false,
    taken: [],
    isRepeat: false,
    wayIn: { openSince: null },
    smsSent: 0,
    history: [order],
    memo: order,
    run: [{ order, event: null }],
    resets: 0,
    forgotten: null,
    jumped: null,
  };
}

function happens(world: World, event: NewOrderEvent): void {
  // A closed order goes on as a new run.
  if (isClosed(world)) begin(world);
  world.now += 1;
  become(world, evolve(world.order, { ...event, at: at(world.now) }));
  world.run.push({ order: world.order, event });
}

function isClosed(world: World): boolean {
  return decide(world.order).do === 'close' && forgotten(world) === null;
}

function become(world: World, order: Order): void {
  // As `publish` does.
  const underWay = ({ cancel, sms }: Order) => JSON.stringify([cancel, sms.queue, sms.retryAt]);
  if (order.revision !== world.order.revision || underWay(order) !== underWay(world.order)) world.memo = order;
  world.jumped = null;
  world.order = order;
  world.history.push(order);
}

/** One of the moves that are possible now, picked by any number. */
export function pick(world: World, choice: number): Move | undefined {
  const weighed = moves(world).flatMap((move) => Array<Move>(move.weight ?? 1).fill(move));
  return weighed[choice % weighed.length];
}

/** Every move that is possible now. */
function moves(world: World): Move[] {
  const { order } = world;
  const closed = isClosed(world);
  const possible: Move[] = [
    ...providerMoves(world),
    ...(world.wayIn === 'closed' ? [] : webhookMoves(world)),
    ...wayInMoves(world),
  ];
  if (world.running !== null) possible.push(...ANSWERS[world.running]);
  if (world.running === null && !closed) possible.push(...interpreterMoves(world));
  if (refuseCancel(order) === null) possible.push({ name: 'cancel asked', do: asksForCancel });
  if (refuseSms(order) === null) {
    possible.push({ name: 'sms asked', do: (w) => happens(w, { type: 'sms_requested', requestId: `asked ${w.now}` }) });
  }
  // The workflow takes no answer before it has recovered, or before a held create is answered by an earlier webhook.
  for (const action of forgotten(world) === null && !heldCreateIsAnswered(order) ? allowedActions(order) : [])
    possible.push({ name: `operator: ${action}`, do: (w) => resolves(w, action) });
  if (!isFinal(order.status) && order.attentions.workflow_stopped === undefined) {
    possible.push(
      { name: 'terminated', do: (w) => stops(w, false) },
      { name: 'terminated after effect', do: (w) => stops(w, true) },
    );
  }
  if (world.run.length > 1) {
    possible.push(
      { name: 'reset', do: (w) => resets(w, true, false) },
      { name: 'reset without signals', do: (w) => resets(w, false, true) },
    );
  }
  return possible;
}

/** The moves that the workflow makes by itself. */
export function interpreterMoves(world: World): Move[] {
  const missing = forgotten(world);
  if (missing !== null) return [{ name: 'recovered', weight: 8, do: (w) => recovers(w, missing) }];
  if (heldCreateIsAnswered(world.order))
    return [{ name: 'held_create_answered', weight: 8, do: (w) => happens(w, { type: 'held_create_answered' }) }];
  const step = decide(world.order);
  switch (step.do) {
    case 'create':
    case 'send_sms':
    case 'cancel':
      return [{ name: `start ${step.do}`, weight: 8, do: (w) => starts(w, step.do) }];
    case 'close':
      return [];
    case 'await_webhooks':
      return [{ name: 'webhooks can come in', weight: 4, do: (w) => reachable(w) }];
    default:
      return [false, true].flatMap((away) =>
        step.until === null
          ? []
          : [{ name: away ? 'time came' : 'time comes', do: (w) => timeComes(w, step.until ?? '', away) }],
      );
  }
}

function begin(world: World): void {
  world.run = [{ order: world.order, event: null }];
  world.forgotten = null;
}

function stops(world: World, mayArrive: boolean): void {
  interrupted(world, mayArrive);
  const missing = forgotten(world);
  world.order = world.memo;
  // A read of a stopped run includes what it had to recover.
  if (missing !== null) happens(world, { type: 'recovered', recovery: missing });
  happens(world, { type: 'stopped' });
  begin(world);
}

/** A call that was under way may still be carried out. */
function interrupted(world: World, mayArrive: boolean): void {
  if (mayArrive && world.running === 'create') isCreated(world);
  if (mayArrive && world.running === 'send_sms') smsGoesOut(world);
  world.running = null;
  world.cancelAnswer = null;
}

/** Resets to an earlier point of the run. `again`: what was heard since is delivered again. */
function resets(world: World, again: boolean, mayArrive: boolean): void {
  interrupted(world, mayArrive);
  const point = world.now % world.run.length;
  const [kept, lost] = [world.run.slice(0, point + 1), world.run.slice(point + 1)];
  const missing = forgotten(world);
  world.forgotten =
    missing === null ? world.memo : evolve(world.memo, { type: 'recovered', recovery: missing, at: at(world.now) });
  world.resets += 1;
  world.run = kept;
  world.now += 1;
  become(world, kept.at(-1)?.order ?? world.order);
  world.memo = world.order;
  world.jumped = 'reset';
  if (again) for (const { event } of lost) redelivers(world, event);
}

/** Delivers an event again, as the workflow's handlers take it: one that the order refuses leaves no trace. */
function redelivers(world: World, event: NewOrderEvent | null): void {
  const { order } = world;
  const taken =
    event?.type === 'webhook' ||
    (event?.type === 'cancel_requested' && refuseCancel(order) === null) ||
    (event?.type === 'sms_requested' && refuseSms(order) === null);
  if (taken) happens(world, event);
}

function forgotten({ resets, forgotten: order, order: { tookOverFrom } }: World): Recovery | null {
  const run = String(resets);
  return order === null || tookOverFrom === run ? null : { run, order };
}

function recovers(world: World, missing: Recovery): void {
  happens(world, { type: 'recovered', recovery: missing });
  world.jumped = 'recovered';
}

function starts(world: World, step: 'create' | 'send_sms' | 'cancel'): void {
  if (step === 'create' || step === 'cancel') happens(world, { type: 'started', step });
  world.running = step;
  if (step === 'create') world.creates += 1;
  if (step === 'cancel') world.cancelMayHaveArrived = world.order.cancel?.mayHaveArrived ?? false;
}

const AWAY_SECONDS = 7_200;

function timeComes(world: World, until: string, away: boolean): void {
  const seconds = Math.ceil((Date.parse(until) - Date.parse(at(0))) / 1000) + (away ? AWAY_SECONDS : 0);
  world.now = Math.max(world.now, seconds);
  const past = world.order.confirmBy !== null && world.order.confirmBy <= at(world.now + 1);
  const looked = world.order.status === 'awaiting_customer' && past;
  happens(world, { type: 'time', away, ...(looked ? { wayIn: wayInOf(world) } : {}) });
}

function reachable(world: World): void {
  opens(world);
  happens(world, { type: 'webhooks_reachable' });
}

export function opens(world: World): void {
  if (world.wayIn === 'closed') world.wayIn = { openSince: world.now };
}

function wayInOf({ wayIn, now }: World): WayIn {
  if (wayIn === 'closed') return 'closed';
  return wayIn.openSince === null ? 'open' : { openForMs: (now - wayIn.openSince) * 1000 };
}

function wayInMoves({ wayIn }: World): Move[] {
  if (wayIn === 'closed') return [{ name: 'the way in opens', do: opens }];
  return [{ name: 'the way in closes', do: (w) => (w.wayIn = 'closed') }];
}

function providerMoves(world: World): Move[] {
  // Without an SMS the customer has no link, so only an order whose SMS went out can be signed.
  const pending = world.provider.find(({ status, hasLink }) => status === 'pending' && hasLink);
  const cancelled = world.provider.find(({ id, status }) => status === 'cancelled' && !told(world, `x${id}`));
  return [
    ...(pending === undefined ? [] : [{ name: 'customer signs', weight: 6, do: (w: World) => signs(w, pending) }]),
    // No event is documented for the end of a cancellation, so it may come or not.
    ...(cancelled === undefined ? [] : [{ name: 'seQura tells of the cancel', do: (w: World) => tells(w, cancelled) }]),
  ];
}

function told(world: World, eventId: string): boolean {
  return world.sent.some(({ event_id }) => event_id === eventId);
}

function tells(world: World, order: ProviderOrder): void {
  world.sent.push({ event: 'order/cancelled', event_id: `x${order.id}`, kind: 'cancel' });
}

function signs(world: World, order: ProviderOrder): void {
  order.status = 'confirmed';
  world.sent.push({ event: 'order/confirmed', event_id: `c${order.id}`, kind: 'confirm' });
}

function webhookMoves(world: World): Move[] {
  const stray: Webhook[] = [
    { event: 'order/account_in_debt', event_id: 'n', kind: 'note' },
    { event: 'order/teleported', event_id: 'u', kind: 'unknown' },
  ];
  return [...world.sent, ...stray].map((webhook) => ({
    name: `webhook ${webhook.event}`,
    weight: stray.includes(webhook) ? 1 : 4,
    do: (w) => delivers(w, webhook),
  }));
}

export function delivers(world: World, webhook: Webhook): void {
  if (webhook.kind === 'confirm') world.confirmAccepted = true;
  world.isRepeat = world.taken.includes(webhook.event_id);
  const before = world.order;
  happens(world, { type: 'webhook', webhook });
  if (world.order !== before && !world.isRepeat) world.taken.push(webhook.event_id);
}

function asksForCancel(world: World): void {
  world.cancelOfConfirmed ||= world.order.status === 'confirmed';
  happens(world, { type: 'cancel_requested' });
}

function resolves(world: World, action: ReturnType<typeof allowedActions>[number]): void {
  if (action === 'retry' && world.order.attentions.create_outcome_unknown !== undefined) world.mayCreate += 1;
  if (action !== 'dismiss' && action !== 'retry') world.operatorDecided = true;
  const id = world.provider.at(-1)?.id ?? '999';
  const resolution = { action, operator: 'ana', note: 'x', ...(action === 'attach' ? { sequra_order_id: id } : {}) };
  happens(world, { type: 'resolved', resolution });
}

const failure: Failure = { code: 'unreachable', http_status: null, errors: [] };

function isCreated(world: World): void {
  const id = String(world.provider.length + 1);
  world.provider.push({ id, status: 'pending', cancelledWhileConfirmed: false, hasLink: false });
}

function smsGoesOut(world: World): void {
  const order = world.provider.find(({ id }) => id === world.order.sequraOrderId);
  world.smsSent += 1;
  if (order !== undefined) order.hasLink = true;
}

function creates(effect: boolean, result: (id: string) => CreateResult, allowsAnother: boolean) {
  return (world: World) => {
    const id = String(world.provider.length + 1);
    if (effect) isCreated(world);
    const recreates = world.order.policy.onCreateOutcomeUnknown === 'recreate' && !world.order.create.doubt;
    const answer = result(id);
    if (allowsAnother || (answer.outcome === 'unknown' && recreates)) world.mayCreate += 1;
    world.running = null;
    happens(world, { type: 'create_ended', result: answer });
  };
}

function sends(result: SmsResult, effect: boolean) {
  return (world: World) => {
    if (effect) smsGoesOut(world);
    world.running = null;
    happens(world, { type: 'sms_ended', result });
  };
}

/** One try of the cancel activity: a last look, and then the call is in flight until its answer arrives. */
function cancels(fault: 'none' | 'not sent' | 'lost before' | 'lost after' | 'refused') {
  return (world: World) => {
    if (world.cancelAnswer !== null) return cancelAnswered(world, world.cancelAnswer);
    const mayHaveArrived = world.cancelMayHaveArrived;
    if (!cancelStillWanted(world.order)) return cancelEnds(world, { outcome: 'withdrawn', mayHaveArrived });
    if (fault === 'not sent') return;
    const isMeant = world.order.cancel?.ofConfirmed === true && world.cancelOfConfirmed;
    if (world.confirmAccepted && !isMeant) world.cancelsSentAfterConfirm += 1;
    const order = world.provider.find(({ id }) => id === world.order.sequraOrderId);
    const refused = order === undefined || order.status === 'cancelled' || fault === 'refused';
    if (fault !== 'lost before' && !refused) {
      order.cancelledWhileConfirmed = order.status === 'confirmed';
      order.status = 'cancelled';
    }
    const lost = fault === 'lost before' || fault === 'lost after';
    const done = !refused || (fault === 'none' && mayHaveArrived);
    world.cancelAnswer = lost ? 'lost' : done ? { outcome: 'done' } : { outcome: 'refused', mayHaveArrived };
  };
}

function cancelAnswered(world: World, answer: CancelResult | 'lost'): void {
  world.cancelAnswer = null;
  if (answer === 'lost') world.cancelMayHaveArrived = true;
  else cancelEnds(world, answer);
}

function cancelEnds(world: World, result: CancelResult): void {
  world.running = null;
  world.cancelAnswer = null;
  happens(world, { type: 'cancel_ended', result });
}

/** How the running call can end. The first of each list is how it ends once faults have stopped. */
export const ANSWERS: Record<'create' | 'send_sms' | 'cancel', Move[]> = {
  create: [
    {
      name: 'created',
      weight: 8,
      do: creates(true, (id) => ({ outcome: 'created', sequraOrderId: id, orderUuid: null }), false),
    },
    { name: 'not sent', do: creates(false, () => ({ outcome: 'not_sent', failure, retryAfterMs: null }), true) },
    { name: 'refused', do: creates(false, () => ({ outcome: 'refused', failure }), false) },
    { name: 'lost after effect', do: creates(true, () => ({ outcome: 'unknown' }), false) },
    { name: 'lost before effect', do: creates(false, () => ({ outcome: 'unknown' }), false) },
  ],
  send_sms: [
    { name: 'sms sent', weight: 8, do: sends({ outcome: 'sent' }, true) },
    { name: 'sms not sent', do: sends({ outcome: 'not_sent', retryAfterMs: null }, false) },
    { name: 'sms refused', do: sends({ outcome: 'refused' }, false) },
    { name: 'sms over the limit', do: sends({ outcome: 'over_limit' }, false) },
    { name: 'sms lost after effect', do: sends({ outcome: 'unknown', counted: 'digest 2026-11-22' }, true) },
    { name: 'sms lost before effect', do: sends({ outcome: 'unknown' }, false) },
  ],
  cancel: [
    { name: 'cancel answered', weight: 4, do: cancels('none') },
    { name: 'cancel not sent', do: cancels('not sent') },
    { name: 'cancel lost before effect', do: cancels('lost before') },
    { name: 'cancel lost after effect', do: cancels('lost after') },
    { name: 'cancel refused', do: cancels('refused') },
    { name: 'cancel overdue', do: (world) => happens(world, { type: 'cancel_overdue' }) },
  ],
};
