// The calls to seQura: what each can come to, between its start and its answer.
import type { CreateResult } from '../../src/order/activity-results.ts';
import type { Failure } from '../../src/order/order.ts';
import type { Decider } from './decider.ts';
import type { Happens } from './happens.ts';
import type { Move } from './moves.ts';
import { Violation } from './violation.ts';
import type { AtSequra, Call, World } from './world.ts';
import { arrived } from './world.ts';

const failure = (code: Failure['code'], httpStatus: number | null): Failure => ({
  code,
  http_status: httpStatus,
  errors: [],
});
const UNREACHABLE = failure('unreachable', null);
const REFUSED = failure('refused', 422);

export function callMoves(world: World, call: Call, d: Decider, happens: Happens): Move[] {
  if (call.sendsNothing === 'backup')
    return [{ name: `the ${call.step} was wanted before the backup, and is not sent`, do: (w) => holdsUp(w, happens) }];
  if (call.dead)
    return [{ name: `Temporal gives up on the dead worker’s ${call.step}`, do: (w) => givesUp(w, happens) }];
  const moves =
    call.step === 'create'
      ? createMoves(call, happens)
      : call.step === 'send_sms'
        ? smsMoves(world, call, happens)
        : cancelMoves(world, call, d, happens);
  return [...moves, { name: `Temporal holds the ${call.step} up`, spends: 'heldUp', do: (w) => isHeldUp(w, happens) }];
}

function isHeldUp(world: World, happens: Happens): void {
  world.left.heldUp -= 1;
  holdsUp(world, happens);
}

/** Nobody knows what came of it: an SMS is not repeated, a cancel gets another try, whose past nobody knows. */
function holdsUp(world: World, happens: Happens): void {
  if (world.call?.step === 'send_sms')
    return ends(world, { type: 'sms_ended', result: { outcome: 'unknown', repeat: false } }, happens);
  givesUp(world, happens);
}

/** The create and the SMS have one attempt; a cancel gets another. */
function givesUp(world: World, happens: Happens): void {
  const { call } = world;
  if (call?.step === 'cancel') {
    call.dead = false;
    call.flight = null;
    call.mayHaveArrived = true;
    return;
  }
  ends(
    world,
    call?.step === 'create'
      ? { type: 'create_ended', result: { outcome: 'unknown' } }
      : { type: 'sms_ended', result: { outcome: 'unknown' } },
    happens,
  );
}

type End = Parameters<Happens>[1];

function ends(world: World, event: End, happens: Happens): void {
  world.call = null;
  happens(world, event);
}

function createMoves({ flight, sendsNothing }: Call, happens: Happens): Move[] {
  const end = (result: CreateResult) => (w: World) => ends(w, { type: 'create_ended', result }, happens);
  const notSent: CreateResult = { outcome: 'not_sent', failure: UNREACHABLE, retryAfterMs: null };
  if (sendsNothing !== null) return [{ name: 'the create finds the cancel, and sends nothing', do: end(notSent) }];
  const lost = (w: World) => {
    w.left.lost -= 1;
    end({ outcome: 'unknown' })(w);
  };
  if (flight === 'made')
    return [
      {
        name: 'seQura answers that it has created the order',
        do: (w) => end({ outcome: 'created', sequraOrderId: w.atSequra.at(-1)?.id ?? '', orderUuid: null })(w),
      },
      { name: 'the answer to the create is lost', spends: 'lost', do: lost },
    ];
  const cost = (what: 'notSent' | 'refused', result: CreateResult) => (w: World) => {
    w.left[what] -= 1;
    end(result)(w);
  };
  return [
    { name: 'seQura creates the order', do: (w) => makes(w) },
    { name: 'the create is lost on its way', spends: 'lost', do: lost },
    { name: 'the create is not sent', spends: 'notSent', do: cost('notSent', notSent) },
    {
      name: 'the create is not sent, and again after 3 s only',
      spends: 'notSent',
      do: cost('notSent', { ...notSent, retryAfterMs: 3_000 }),
    },
    {
      name: 'seQura refuses the create',
      spends: 'refused',
      do: cost('refused', { outcome: 'refused', failure: REFUSED }),
    },
  ];
}

function makes(world: World): void {
  world.atSequra.push({ id: String(world.atSequra.length + 1), status: 'pending', hasLink: false, wasSigned: false });
  if (world.call !== null) world.call.flight = 'made';
}

function theOrder(world: World): AtSequra | undefined {
  return world.atSequra.find(({ id }) => id === world.order.sequraOrderId);
}

function smsMoves(world: World, { flight }: Call, happens: Happens): Move[] {
  const end = (outcome: 'sent' | 'refused' | 'unknown') => (w: World) =>
    ends(w, { type: 'sms_ended', result: { outcome } }, happens);
  const lost = (w: World) => {
    w.left.lost -= 1;
    end('unknown')(w);
  };
  if (flight === 'made')
    return [
      { name: 'seQura answers that it has sent the SMS', do: end('sent') },
      { name: 'the answer to the SMS is lost', spends: 'lost', do: lost },
    ];
  const refuse = end('refused');
  const refuseFreely = (w: World) => {
    w.left.refused -= 1;
    refuse(w);
  };
  const possible: Move[] =
    theOrder(world)?.status === 'pending'
      ? [
          { name: 'seQura sends the SMS', do: (w) => sendsSms(w) },
          { name: 'seQura refuses the SMS', spends: 'refused', do: refuseFreely },
        ]
      : [{ name: 'seQura refuses the SMS: the order waits for nobody', do: refuse }];
  const notSent = (retryAfterMs: number | null) => (w: World) => {
    w.left.notSent -= 1;
    ends(w, { type: 'sms_ended', result: { outcome: 'not_sent', retryAfterMs } }, happens);
  };
  return [
    ...possible,
    { name: 'the SMS is lost on its way', spends: 'lost', do: lost },
    { name: 'the SMS is not sent', spends: 'notSent', do: notSent(null) },
    { name: 'the SMS is not sent, and again after 3 s only', spends: 'notSent', do: notSent(3_000) },
  ];
}

function sendsSms(world: World): void {
  const order = theOrder(world);
  if (order !== undefined) order.hasLink = true;
  world.facts.smsAtSequra += 1;
  arrived(world);
  if (world.facts.smsAtSequra > world.order.policy.smsLimit && !world.facts.restored)
    throw new Violation('I8: more SMS at seQura than the limit');
  if (world.call !== null) world.call.flight = 'made';
}

/** One try of the cancel: a last look, then the call is in flight until its answer arrives, or does not. */
function cancelMoves(world: World, call: Call, d: Decider, happens: Happens): Move[] {
  const overdue: Move[] =
    world.order.attentions.cancel_overdue === undefined
      ? [{ name: 'the cancel is overdue', spends: 'choice', do: (w) => happens(w, { type: 'cancel_overdue' }) }]
      : [];
  const { mayHaveArrived, flight } = call;
  if (flight === 'lost') return [...overdue, { name: 'the cancel is tried again', do: again }].toReversed();
  if (flight !== null)
    return [
      {
        name: `seQura answers the cancel: ${flight}`,
        do: (w) =>
          ends(
            w,
            {
              type: 'cancel_ended',
              result: flight === 'done' ? { outcome: 'done' } : { outcome: 'refused', mayHaveArrived },
            },
            happens,
          ),
      },
      ...overdue,
    ];
  if (!d.cancelStillWanted(world.order))
    return [
      {
        name: 'the last look withdraws the cancel',
        do: (w) => ends(w, { type: 'cancel_ended', result: { outcome: 'withdrawn', mayHaveArrived } }, happens),
      },
    ];
  return [
    { name: 'the cancel reaches seQura', do: (w) => cancels(w, 'answered') },
    { name: 'the cancel is lost on its way', spends: 'lost', do: (w) => cancels(w, 'lost before') },
    { name: 'the cancel reaches seQura, its answer is lost', spends: 'lost', do: (w) => cancels(w, 'lost after') },
    { name: 'seQura answers the cancel with 401', spends: 'refused', do: (w) => cancels(w, 'unauthorized') },
    ...overdue,
  ];
}

function again(world: World): void {
  if (world.call === null) return;
  world.call.flight = null;
  world.call.mayHaveArrived = true;
}

function cancels(world: World, how: 'answered' | 'lost before' | 'lost after' | 'unauthorized'): void {
  const { call, facts } = world;
  if (call === null) return;
  if (
    facts.confirmAccepted &&
    !facts.operatorDecided &&
    !(facts.cancel?.ofConfirmed === true && facts.cancelOfConfirmed)
  )
    throw new Violation('I3: a cancel is sent after a confirmation was accepted');
  const order = theOrder(world);
  const possible = order !== undefined && order.status !== 'cancelled';
  if (how === 'lost before' || how === 'lost after') world.left.lost -= 1;
  if (how === 'unauthorized') world.left.refused -= 1;
  if (possible && (how === 'answered' || how === 'lost after')) order.status = 'cancelled';
  if (how === 'lost before' || how === 'lost after') call.flight = 'lost';
  else if (how === 'unauthorized') call.flight = 'refused';
  // A 422 after a try that may have arrived: that try was it.
  else call.flight = possible || (order !== undefined && call.mayHaveArrived) ? 'done' : 'refused';
}
