// Every move that is possible in a world: of the workflow, of seQura, of the customer, of operators, and of what breaks.
import type { OrderEvent } from '../../src/order/events.ts';
import type { Resolution } from '../../src/order/resolution.ts';
import type { SequraEvent } from '../../src/order/webhook.ts';
import type { Order } from '../../src/order/order.ts';
import type { ResolveAction } from '../../src/order/status.ts';
import type { Bounds } from './bounds.ts';
import { callMoves } from './calls.ts';
import type { Decider } from './decider.ts';
import type { Happens } from './happens.ts';
import { missing } from './happens.ts';
import { expectedActions, tooLateForReminder } from './judge-order.ts';
import { Violation } from './violation.ts';
import type { Mail, World } from './world.ts';
import { arrived, isOlderThanBackup, since, time } from './world.ts';

export type Move = { name: string; spends?: keyof Bounds | 'choice'; do: (world: World) => void };

const AWAY_MS = 7_200_000;
const PUNCTUAL_MS = 5_000;

/** The first that spends nothing is how things go on once faults have stopped. */
export function movesOf(world: World, d: Decider, happens: Happens): Move[] {
  const all = [
    ...ownMoves(world, d, happens),
    ...mailMoves(world, d, happens),
    ...customerMoves(world),
    ...commandMoves(world, d, happens),
    ...operatorMoves(world, d, happens),
    ...breakMoves(world, d, happens),
  ];
  return all.filter(({ spends }) => spends === undefined || spends === 'choice' || world.left[spends] > 0);
}

/** What the workflow and its worker do by themselves. */
function ownMoves(world: World, d: Decider, happens: Happens): Move[] {
  if (world.inbox !== null)
    return [
      { name: 'workers live again', do: (w) => workersReturn(w, 0, happens) },
      {
        name: 'workers live again, hours later',
        spends: 'late',
        do: (w) => spend(w, 'late', () => workersReturn(w, AWAY_MS, happens)),
      },
    ];
  if (world.run !== 'running') return [];
  const forgotten = missing(world);
  if (forgotten !== null)
    return [
      {
        name: 'the run recovers what the run before knew',
        do: (w) => happens(w, { type: 'recovered', recovery: forgotten }),
      },
    ];
  if (world.call !== null) return callMoves(world, world.call, d, happens);
  if (d.heldCreateIsAnswered(world.order))
    return [
      { name: 'what was heard answers the held create', do: (w) => happens(w, { type: 'held_create_answered' }) },
    ];
  const step = d.decide(world.order);
  switch (step.do) {
    case 'create':
    case 'send_sms':
    case 'cancel':
      return [{ name: `the workflow starts: ${step.do}`, do: (w) => starts(w, step.do, happens) }];
    case 'await_customer':
    case 'await_reminder':
    case 'await_retry':
    case 'await_confirmation': {
      const { until } = step;
      if (until === null) throw new Violation(`I9: ${step.do} has no end`);
      return [
        { name: `time: ${step.do} ends`, do: (w) => timeComes(w, until, 0, happens) },
        {
          name: `time: ${step.do} ends, noticed hours late`,
          spends: 'late',
          do: (w) => timeComes(w, until, AWAY_MS, happens),
        },
      ];
    }
    case 'await_webhooks':
      return [{ name: 'webhooks can come in again', do: (w) => reachable(w, happens) }];
    case 'await_operator':
    case 'close':
      return [];
    default:
      throw new TypeError(`the explorer knows no step ${JSON.stringify(step)}: teach it`);
  }
}

function starts(world: World, step: 'create' | 'send_sms' | 'cancel', happens: Happens): void {
  const { order } = world;
  const deadline = order.graceUntil ?? order.confirmBy;
  if (step === 'send_sms' && deadline !== null && since(deadline) <= world.now)
    return timeComes(world, deadline, 0, happens);
  if (step === 'send_sms' && order.sms.queue[0] === 'reminder' && tooLateForReminder(order) <= world.now)
    return happens(world, { type: 'time' });
  const isOld = step !== 'cancel' && isOlderThanBackup(world);
  const isNeedless = step === 'create' && order.cancel !== null;
  world.call = {
    step,
    flight: null,
    dead: false,
    mayHaveArrived: order.cancel?.mayHaveArrived ?? false,
    sendsNothing: isOld ? 'backup' : isNeedless ? 'cancel' : null,
  };
  if (step === 'create' && world.call.sendsNothing === null && !world.facts.mayCreate)
    throw new Violation('I2: a create is sent that an earlier one may have made needless');
  const isKeyed = order.keyed?.some(({ key }) => key === order.sms.queue[0]) === true;
  if (step !== 'send_sms' || isKeyed) happens(world, { type: 'started', step });
}

function timeComes(world: World, until: string, lateMs: number, happens: Happens): void {
  world.now = Math.max(world.now, since(until) + lateMs);
  const away = world.now - since(until) > Math.max(world.order.policy.settleSeconds * 1000, PUNCTUAL_MS);
  const { order, wayIn, now } = world;
  const deadline = order.graceUntil ?? order.confirmBy;
  const isLooked = order.status === 'awaiting_customer' && deadline !== null && since(deadline) <= now;
  const looked = typeof wayIn === 'string' ? wayIn : { openForMs: now - wayIn.openSince };
  happens(world, { type: 'time', away, ...(isLooked ? { wayIn: looked } : {}) });
}

function opens(world: World): void {
  if (world.wayIn === 'closed') world.wayIn = { openSince: world.now };
}

function reachable(world: World, happens: Happens): void {
  opens(world);
  happens(world, { type: 'webhooks_reachable' });
}

/** In one task: signals first. */
function workersReturn(world: World, lateMs: number, happens: Happens): void {
  const events = world.inbox ?? [];
  world.inbox = null;
  world.now += lateMs;
  const [signals, answers] = [
    events.filter(({ type }) => type === 'webhook'),
    events.filter(({ type }) => type !== 'webhook'),
  ];
  for (const event of [...signals, ...answers]) happens(world, event);
}

function mailMoves(world: World, d: Decider, happens: Happens): Move[] {
  if (world.wayIn === 'closed') return [{ name: 'the way in opens', do: opens }];
  const moves: Move[] = [];
  for (const kind of ['confirm', 'cancel', 'note', 'unknown'] as const) {
    const mails = world.mail.filter((mail) => mail.kind === kind);
    const most = kind === 'confirm' || kind === 'cancel' ? world.left.webhooks : world.left.strays;
    const stray = STRAYS[kind];
    if (mails.length === 0 && stray !== undefined && most > 0)
      moves.push({
        name: `webhook ${stray}`,
        spends: 'choice',
        do: (w) => writes(w, kind, stray, `${kind}1`, d, happens),
      });
    const sent = mails.reduce((sum, { delivered }) => sum + delivered, 0);
    for (const { event, id, delivered } of mails) {
      // seQura repeats until we have it; a cancel's event comes or does not.
      const mustCome = delivered === 0 && kind === 'confirm';
      if (!mustCome && sent >= most) continue;
      moves.push({
        name: `webhook ${event} (${id})${delivered > 0 ? ' again' : ''}`,
        ...(mustCome ? {} : { spends: 'choice' as const }),
        do: (w) => delivers(w, mailOf(w, id), d, happens),
      });
      if (delivered > 0 && !id.endsWith('b') && !mails.some((mail) => mail.id === `${id}b`))
        moves.push({
          name: `webhook ${event} (${id}b), the same news under another id`,
          spends: 'choice',
          do: (w) => writes(w, kind, event, `${id}b`, d, happens),
        });
    }
  }
  return moves;
}

const STRAYS: Partial<Record<Mail['kind'], string>> = { note: 'order/account_in_debt', unknown: 'order/teleported' };

function mailOf(world: World, id: string): Mail {
  const found = world.mail.find((mail) => mail.id === id);
  if (found === undefined) throw new TypeError(`no mail ${id}`);
  return found;
}

function writes(world: World, kind: Mail['kind'], event: string, id: string, d: Decider, happens: Happens): void {
  world.mail.push({ kind, event, id, delivered: 0 });
  delivers(world, mailOf(world, id), d, happens);
}

function delivers(world: World, mail: Mail, d: Decider, happens: Happens): void {
  mail.delivered += 1;
  const { event, id, kind } = mail;
  const relayed: SequraEvent = { event, event_id: id, order_ref: `uuid ${id[1] ?? ''}`, kind };
  const read = d.readSequraEvent(relayed);
  if (JSON.stringify(read) !== JSON.stringify({ event, event_id: id, order_ref: relayed.order_ref, kind }))
    throw new Violation(`a webhook is read as ${JSON.stringify(read)}`);
  const news = { type: 'webhook', webhook: read } as const;
  if (world.inbox !== null) {
    if (world.run === 'running') {
      world.inbox.push({ ...news, at: time(world.now) });
      if (kind === 'confirm') world.facts.confirmAccepted = true;
      return;
    }
    // A worker takes the new run up later: it is as if it did now.
  }
  happens(world, news);
  if (kind === 'confirm') world.facts.confirmAccepted = true;
}

function customerMoves(world: World): Move[] {
  const { order } = world;
  // A link before the SMS is known of only where the first order is the only one.
  const early = order.policy.onCreateOutcomeUnknown === 'hold' && world.atSequra.length === 1;
  const isOnly = world.atSequra.length === 1;
  const moves: Move[] = [];
  for (const { id, status, hasLink } of world.atSequra) {
    if (status === 'pending' && (hasLink || early))
      moves.push({ name: 'the customer signs', spends: 'choice', do: (w) => signs(w, id) });
    // Its event names the reference alone: of two, nobody could tell which.
    if (
      status === 'pending' &&
      isOnly &&
      (order.policy.onCreateOutcomeUnknown === 'hold' || id === order.sequraOrderId)
    )
      moves.push({
        name: 'seQura cancels the order by itself',
        spends: 'withdrawals',
        do: (w) => cancelsItself(w, id),
      });
    if (
      status === 'cancelled' &&
      (isOnly || id === order.sequraOrderId) &&
      !world.mail.some((mail) => mail.id === `x${id}`) &&
      world.left.webhooks > 0
    )
      moves.push({ name: 'seQura reports the cancel', spends: 'choice', do: (w) => reports(w, id) });
  }
  return moves;
}

function signs(world: World, id: string): void {
  const order = world.atSequra.find((known) => known.id === id);
  if (order === undefined) return;
  order.status = 'confirmed';
  order.wasSigned = true;
  world.mail.push({ kind: 'confirm', event: 'order/confirmed', id: `c${id}`, delivered: 0 });
}

function cancelsItself(world: World, id: string): void {
  world.left.withdrawals -= 1;
  const order = world.atSequra.find((known) => known.id === id);
  if (order !== undefined) order.status = 'cancelled';
}

function reports(world: World, id: string): void {
  world.mail.push({ kind: 'cancel', event: 'order/cancelled', id: `x${id}`, delivered: 0 });
}

/** Of a backend, by the API, and by the Cancel button of the Temporal UI, which asks nobody. */
function commandMoves(world: World, d: Decider, happens: Happens): Move[] {
  if (world.inbox !== null) return [];
  const moves: Move[] = [];
  const refused = d.refuseCancel(world.order) !== null;
  if (!refused || world.run === 'running')
    moves.push({
      name: refused ? 'the Cancel button of the Temporal UI' : 'a cancel is asked for',
      spends: 'cancels',
      do: (w) => spend(w, 'cancels', () => asksForCancel(w, refused, happens)),
    });
  if (d.refuseSms(world.order) === null)
    moves.push({
      name: 'an SMS is asked for',
      spends: 'sms',
      do: (w) => spend(w, 'sms', () => asksForSms(w, happens)),
    });
  // A command with a key waits for what a reset has made the order forget.
  for (const { key, command } of missing(world) === null ? world.facts.keys : [])
    moves.push({
      name: `${command} is repeated with its key`,
      spends: 'repeats',
      do: (w) => spend(w, 'repeats', () => repeats(w, key, d, happens)),
    });
  return moves;
}

function asksForCancel(world: World, byButton: boolean, happens: Happens): void {
  world.facts.cancelOfConfirmed ||= world.order.status === 'confirmed';
  happens(world, { type: 'cancel_requested', ...(byButton ? {} : newKey(world, 'cancel')) });
}

function asksForSms(world: World, happens: Happens): void {
  const keyed = newKey(world, 'send_sms');
  happens(world, { type: 'sms_requested', requestId: keyed.key ?? `asked ${world.now}`, ...keyed });
}

function newKey(world: World, command: 'send_sms' | 'cancel'): { key?: string } {
  if (world.left.repeats === 0 || missing(world) !== null) return {};
  const { facts } = world;
  const key = `key ${facts.keys.length}`;
  facts.keys.push({ key, command, arrived: false });
  return { key };
}

/** What has come to an end is answered from what the order remembers; what the order does not know is asked for anew. */
function repeats(world: World, key: string, d: Decider, happens: Happens): void {
  const { order, facts } = world;
  const asked = facts.keys.find((known) => known.key === key);
  const known = d.commandOf(order, key);
  if (known !== undefined && !d.isUnderWay(order, known)) return;
  if (asked?.command === 'send_sms') {
    if (known === undefined && asked.arrived && !facts.restored)
      throw new Violation('I8: an SMS is sent again that was asked for once');
    if (known === undefined && d.refuseSms(order) !== null) return;
    return happens(world, { type: 'sms_requested', requestId: key, key });
  }
  if (known === undefined && order.status === 'confirmed' && !facts.restored)
    throw new Violation('I3: a cancel that was overtaken cancels the sale when it is repeated');
  if (known === undefined && d.refuseCancel(order) !== null) return;
  happens(world, { type: 'cancel_requested', key });
}

function spend(world: World, what: keyof Bounds, rest: () => void): void {
  world.left[what] -= 1;
  rest();
}

function operatorMoves(world: World, d: Decider, happens: Happens): Move[] {
  if (world.inbox !== null || missing(world) !== null || d.heldCreateIsAnswered(world.order)) return [];
  const number = world.atSequra.at(-1)?.id;
  const { late, answers } = world.left;
  return expectedActions(world.order).flatMap((action) => {
    const answer = (how: string, lateMs: number, typed: string): Move => ({
      name: `an operator answers: ${action}${how}`,
      spends: 'answers',
      do: (w) => resolves(w, action, lateMs, typed, d, happens),
    });
    return [
      answer('', 0, number ?? '999'),
      ...(late > 0 ? [answer(', carried out late', 10_000, number ?? '999')] : []),
      // Where one is left to put it right.
      ...(action === 'attach' && answers > 1 && number !== undefined ? [answer(' a mistyped number', 0, '998')] : []),
    ];
  });
}

function resolves(
  world: World,
  action: ResolveAction,
  lateMs: number,
  number: string,
  d: Decider,
  happens: Happens,
): void {
  world.left.answers -= 1;
  if (lateMs > 0) world.left.late -= 1;
  const open = d.orderView(world.order).attention;
  if (action === 'retry' && open?.reason === 'create_outcome_unknown') {
    world.facts.mayCreate = true;
    world.facts.operatorRetried = true;
    world.facts.recreated = false;
    // Who did not find what is there is wrong, and no rule can put it right.
    if (world.atSequra.length > 0) world.facts.operatorDecided = true;
  }
  const isRight = action === 'attach' && world.atSequra.length === 1 && world.atSequra[0]?.id === number;
  if (action !== 'retry' && action !== 'dismiss' && !isRight) world.facts.operatorDecided = true;
  const words: Record<string, unknown> = {
    action,
    operator: 'ana',
    note: 'seen',
    answers: open,
    asked_at: time(world.now - lateMs),
  };
  if (action === 'attach') words['sequra_order_id'] = number;
  const resolution = d.readResolution(words);
  if (typeof resolution === 'string') throw new Violation(`an answer is not read: ${resolution}`);
  const taken = time(world.now + 1);
  const refusal = d.refuseResolution(world.order, resolution, taken);
  if (refusal !== null && !isRepeat(world.order, resolution))
    throw new Violation(`an allowed answer is refused: ${refusal.detail}`);
  if (refusal !== null || d.isResolvedBefore(world.order, resolution, taken)) return;
  happens(world, { type: 'resolved', resolution });
  const after = world.order;
  if (lateMs > 0 && !d.isResolvedBefore(after, resolution, time(world.now + 1)))
    throw new Violation('the repeat of an answer that was carried out late would be carried out again');
  if (
    d.refuseResolution(after, { ...resolution, note: 'another' }, time(world.now + 1)) === null &&
    action !== 'dismiss'
  )
    throw new Violation('a second answer to the same question is taken');
}

function isRepeat({ lateAnswer }: Order, resolution: Resolution): boolean {
  return lateAnswer != null && lateAnswer.words.includes(`"${resolution.action}"`);
}

function breakMoves(world: World, d: Decider, happens: Happens): Move[] {
  const { run, call, inbox, order, point, left } = world;
  const moves: Move[] = [];
  if (run === 'running' && inbox === null && left.crashes > 0) {
    moves.push({ name: 'every worker dies', spends: 'crashes', do: (w) => workersDie(w, false) });
    if (call !== null && call.flight !== null && call.flight !== 'lost' && !call.dead)
      moves.push({
        name: 'seQura’s answer is recorded, and every worker dies',
        spends: 'crashes',
        do: (w) => workersDie(w, true),
      });
  }
  if (world.wayIn !== 'closed')
    moves.push({
      name: 'the way in for webhooks closes',
      spends: 'closures',
      do: (w) => spend(w, 'closures', () => (w.wayIn = 'closed')),
    });
  if (run === 'running' && inbox === null)
    moves.push({
      name: 'the workflow is paused',
      spends: 'pauses',
      do: (w) => spend(w, 'pauses', () => (w.inbox = [])),
    });
  const isOver = ['confirmed', 'expired', 'cancelled', 'cancellation_requested', 'failed'].includes(order.status);
  if (run === 'running' && left.stops > 0 && !isOver) {
    moves.push({ name: 'the workflow is terminated', spends: 'stops', do: (w) => stops(w, false, d, happens) });
    if (call !== null && call.flight === null && call.step !== 'cancel')
      moves.push({
        name: 'the workflow is terminated, its call arrives all the same',
        spends: 'stops',
        do: (w) => stops(w, true, d, happens),
      });
  }
  if (
    run === 'running' &&
    inbox === null &&
    left.resets + left.restores > 0 &&
    point === null &&
    missing(world) === null
  )
    moves.push({
      name: '(a reset, or a backup, will go back to here)',
      spends: 'choice',
      do: (w) =>
        void (w.point = {
          order: w.order,
          call: w.call && { ...w.call },
          cancel: w.facts.cancel && { ...w.facts.cancel },
          again: [],
          open: true,
        }),
    });
  if (point !== null && left.resets > 0)
    for (const again of [true, false])
      moves.push({
        name: `the workflow is reset${again ? '' : ', without its signals'}`,
        spends: 'resets',
        do: (w) => resetsTo(w, again, d, happens),
      });
  if (point !== null)
    moves.push({ name: 'an old backup is put back', spends: 'restores', do: (w) => restores(w, happens) });
  if (
    call !== null &&
    inbox === null &&
    left.late > 0 &&
    order.confirmBy !== null &&
    since(order.confirmBy) > world.now
  )
    moves.push({
      name: 'the call lasts beyond the deadline',
      spends: 'late',
      do: (w) => spend(w, 'late', () => (w.now = since(order.confirmBy ?? '') + 1_000)),
    });
  return moves;
}

function workersDie(world: World, recorded: boolean): void {
  world.left.crashes -= 1;
  world.inbox = [];
  const { call } = world;
  if (call === null) return;
  if (!recorded) return void (call.dead = true);
  world.inbox.push({ ...endOf(call, world.atSequra.at(-1)?.id ?? ''), at: time(world.now) } as OrderEvent);
  world.call = null;
}

function endOf(call: NonNullable<World['call']>, sequraOrderId: string): object {
  const { step, flight, mayHaveArrived } = call;
  if (step === 'create')
    return { type: 'create_ended', result: { outcome: 'created', sequraOrderId, orderUuid: null } };
  if (step === 'send_sms') return { type: 'sms_ended', result: { outcome: flight === 'refused' ? 'refused' : 'sent' } };
  return {
    type: 'cancel_ended',
    result: flight === 'done' ? { outcome: 'done' } : { outcome: 'refused', mayHaveArrived },
  };
}

/** As `recoverRun` reads a run that did not come to its own end: what it published, and what was recorded since. */
function knownOf(world: World, d: Decider): Order {
  let known = world.memo;
  for (const event of world.inbox ?? []) {
    if (event.type === 'webhook' || (event.type === 'cancel_ended' && known.cancel?.phase === 'sending'))
      known = d.evolve(known, event);
  }
  const forgotten = missing(world);
  if (forgotten === null) return known;
  const recovered = d.evolve(known, { type: 'recovered', recovery: forgotten, at: time(world.now) });
  if (forgotten.order?.cancel != null && recovered.cancel !== null) world.facts.cancel = world.facts.forgotten;
  return recovered;
}

function interrupted(world: World, mayArrive: boolean): void {
  const arrives = mayArrive && world.call?.flight === null;
  if (arrives && world.call?.step === 'create')
    world.atSequra.push({ id: String(world.atSequra.length + 1), status: 'pending', hasLink: false, wasSigned: false });
  if (arrives && world.call?.step === 'send_sms') {
    world.facts.smsAtSequra += 1;
    arrived(world);
    for (const order of world.atSequra) if (order.id === world.order.sequraOrderId) order.hasLink = true;
  }
  if (world.call?.step === 'create' && world.call.sendsNothing === null) world.facts.mayCreate = false;
  world.call = null;
  world.facts.jumped = true;
}

function stops(world: World, arrives: boolean, d: Decider, happens: Happens): void {
  world.left.stops -= 1;
  interrupted(world, arrives);
  const known = knownOf(world, d);
  world.inbox = null;
  world.order = known;
  world.memo = known;
  if (!['creating', 'awaiting_customer', 'cancelling'].includes(known.status) && d.decide(known).do === 'close') {
    world.run = 'closed';
    return;
  }
  happens(world, { type: 'stopped' });
  world.memo = known;
  world.run = 'stopped';
  if (world.point !== null) world.point.open = false;
}

function resetsTo(world: World, again: boolean, d: Decider, happens: Happens): void {
  world.left.resets -= 1;
  interrupted(world, !again);
  const { point } = world;
  if (point === null) return;
  world.forgotten = knownOf(world, d);
  world.facts.forgotten = world.facts.cancel;
  world.facts.cancel = null;
  world.resets += 1;
  world.inbox = null;
  world.run = 'running';
  world.order = point.order;
  world.memo = point.order;
  world.point = null;
  world.now += 1;
  if (!again) return;
  const signals = point.again.filter(({ type }) => type === 'webhook');
  for (const event of [...signals, ...point.again.filter(({ type }) => type !== 'webhook')]) {
    const refused =
      ('key' in event && event.key !== undefined) ||
      (event.type === 'cancel_requested' && d.refuseCancel(world.order) !== null) ||
      (event.type === 'sms_requested' && d.refuseSms(world.order) !== null);
    if (!refused) happens(world, event);
  }
}

/** What was under way when the backup was made is dispatched again; before any worker runs, the webhooks since are told again by hand. */
function restores(world: World, happens: Happens): void {
  world.left.restores -= 1;
  interrupted(world, true);
  const { point } = world;
  if (point === null) return;
  world.restoredAt = world.now;
  world.facts.restored = true;
  world.facts.cancel = point.cancel && { ...point.cancel };
  world.inbox = null;
  world.run = 'running';
  world.order = point.order;
  world.memo = point.order;
  const { call } = point;
  world.call = call && {
    ...call,
    flight: null,
    dead: call.step === 'cancel',
    sendsNothing: call.step === 'cancel' ? null : 'backup',
  };
  world.point = null;
  for (const { event, id, kind, delivered } of world.mail)
    if (delivered > 0) happens(world, { type: 'webhook', webhook: { event, event_id: id, kind } });
}
