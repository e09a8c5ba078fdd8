// Handles the messages to a running order: seQura's webhooks, commands of backends, and what operators send from the Temporal UI.
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  currentUpdateInfo,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import type { SmsAnswer } from '../contract/messages.ts';
import {
  cancelStillWantedQuery,
  cancelUpdate,
  heldUpSignal,
  keyOfUpdate,
  resolveUpdate,
  sendSmsUpdate,
  sequraEventSignal,
} from '../contract/messages.ts';
import { patched } from '../contract/patches.ts';
import { cancelStillWanted, decide } from '../order/decide.ts';
import { commandOf } from '../order/keyed.ts';
import type { Refusal } from '../order/refusal.ts';
import { isResolvedBefore, refuseCancel, refuseResolution, refuseSms } from '../order/refusal.ts';
import { distrusted, readBy, readMobilePhone, readResolution, readSequraEvent } from '../order/read-messages.ts';
import { distrust, opened } from '../order/unvouched.ts';
import type { OrderView } from '../order/view.ts';
import { orderView } from '../order/view.ts';
import { reserveNumber } from './reserve-number.ts';
import type { AskedSms, OrderRun } from './order-run.ts';
import { now } from './order-run.ts';
import { arrivals } from './recover/arrivals.ts';
import { JUST_RESET } from './recover/recover-after-reset.ts';

export function handleMessages(run: OrderRun): void {
  const { order, apply, askedSms, underWay, wasReset, mustRecover } = run;
  const arrive = arrivals(wasReset);
  setHandler(cancelStillWantedQuery, () => cancelStillWanted(order()));
  const whyNot = (given: unknown) => distrust(opened(given), order(), now());
  const isTaken = ({ key }: Keyed) => commandOf(order(), key) !== undefined;
  /** Whether the run was reset and has to recover first: the run before may have taken the command. */
  const mustRemember = ({ key }: Keyed) => key !== undefined && mustRecover();
  const remembered = () => condition(() => !mustRecover());
  /** Validators cannot wait, so they let such a command pass. */
  const mayBeTaken = (keyed: Keyed) => isTaken(keyed) || mustRemember(keyed);
  const askedBy = (given: unknown) => (whyNot(given) === null ? readBy(opened(given).value) : {});
  const believe = (given: unknown): void => {
    const why = whyNot(given);
    if (why !== null) refuse({ code: 'action_not_allowed', detail: notBelieved(why) });
  };
  const hear = (given: unknown): void => {
    const why = whyNot(given);
    if (why !== null && patched('what-is-typed-needs-trust', run)) {
      // A reset has delivered the signal again: a human was asked the first time.
      const kind = wasReset() ? 'note' : 'unknown';
      return apply({ type: 'webhook', webhook: { ...distrusted(why), event_id: uuid4(), kind } });
    }
    const webhook = readSequraEvent(opened(given).value);
    // An event that an operator typed gets a new id, so that it never counts as a repeat of the event that it corrects.
    const isNews = webhook.event_id === undefined && patched('typed-by-hand-is-news', run);
    apply({ type: 'webhook', webhook: isNews ? { ...webhook, event_id: uuid4() } : webhook });
  };
  setHandler(sequraEventSignal, (given) => arrive.signal(() => hear(given)), {
    description:
      'A webhook of seQura: {"event": "order/confirmed"}, with "kind": "confirm" or "cancel" where no rule knows the name',
  });
  setHandler(heldUpSignal, () => underWay.scope?.cancel(), {
    description: 'Ends the wait for a create or an SMS that is paused: its outcome then is unknown',
  });

  setHandler(
    sendSmsUpdate,
    async (given): Promise<SmsAnswer> => {
      const keyed = keyOfThis(run);
      const requestId = keyed.key ?? currentUpdateInfo()?.id ?? uuid4();
      const asked: AskedSms = { mobilePhone: readMobilePhone(opened(given).value) ?? null, outcome: 'not_possible' };
      if (mustRemember(keyed)) await remembered();
      await arrive.update(() => {
        if (!isTaken(keyed)) refuse(refuseSms(order()));
        if (!askedSms.has(requestId)) askedSms.set(requestId, asked);
        apply({ type: 'sms_requested', requestId, ...keyed, ...askedBy(given) });
      });
      await condition(() => !order().sms.queue.includes(requestId));
      const known = commandOf(order(), keyed.key);
      const outcome = known?.command === 'send_sms' ? known.end : asked.outcome;
      return { outcome, order: orderView(order()) };
    },
    {
      description: 'Sends the link: {} again, or {"mobile_phone": "+34666123456"} to another number',
      validator(given) {
        if (!mayBeTaken(keyInId())) refuse(refuseSms(order()));
        const detail = 'mobile_phone must be written as E.164, such as +34666123456.';
        const phone = readMobilePhone(opened(given).value);
        if (phone === undefined) refuse({ code: 'sms_not_possible', detail });
        // The order's own number needs no trust.
        const why = phone === null ? null : whyNot(given);
        if (why !== null) refuse({ code: 'sms_not_possible', detail: notBelieved(why) });
      },
    },
  );

  setHandler(
    cancelUpdate,
    async (given): Promise<OrderView> => {
      const keyed = keyOfThis(run);
      if (mustRemember(keyed)) await remembered();
      await arrive.update(() => {
        if (!isTaken(keyed)) refuse(refuseCancel(order()));
        apply({ type: 'cancel_requested', ...keyed, ...askedBy(given) });
      });
      await condition(() => order().status !== 'cancelling' || decide(order()).do === 'await_operator');
      return orderView(order());
    },
    {
      description: 'Cancels the order at seQura',
      validator(_by) {
        if (!mayBeTaken(keyInId())) refuse(refuseCancel(order()));
      },
    },
  );

  setHandler(
    resolveUpdate,
    async (given): Promise<OrderView> => {
      const resolution = readResolution(opened(given).value);
      if (typeof resolution === 'string') throw refusal({ code: 'action_not_allowed', detail: resolution });
      const { action, sequra_order_id: number } = resolution;
      const keyed = keyOfThis(run);
      if (mustRemember(keyed)) await remembered();
      if (
        !isTaken(keyed) &&
        action === 'attach' &&
        number !== undefined &&
        patched('a-number-belongs-to-one-order', run)
      )
        await reserveNumber(number);
      return arrive.update(() => {
        if (isTaken(keyed)) return orderView(order());
        refuse(mustRecover() ? JUST_RESET : refuseResolution(order(), resolution, now()));
        if (!isResolvedBefore(order(), resolution, now())) apply({ type: 'resolved', resolution, ...keyed });
        return orderView(order());
      });
    },
    {
      description: 'Answers an attention: {"action": "…", "operator": "your name", "note": "what you found"}',
      validator(given) {
        believe(given);
        if (mayBeTaken(keyInId())) return;
        const resolution = readResolution(opened(given).value);
        refuse(
          typeof resolution === 'string'
            ? { code: 'action_not_allowed', detail: resolution }
            : refuseResolution(order(), resolution, now()),
        );
      },
    },
  );

  // The Cancel button of the Temporal UI means: cancel this order at seQura, then end.
  CancellationScope.current().cancelRequested.catch(() => apply({ type: 'cancel_requested' }));
}

type Keyed = { key?: string };

/** The key in the id of the update that is being handled. */
function keyInId(): Keyed {
  const key = keyOfUpdate(currentUpdateInfo()?.id ?? '');
  return key === undefined ? {} : { key };
}

/** The same, but none in a run that does not remember keys. Validators must not call it: `patched` writes to the history. */
function keyOfThis(run: OrderRun): Keyed {
  const keyed = keyInId();
  return keyed.key !== undefined && patched('keyed-commands-are-remembered', run) ? keyed : {};
}

function notBelieved(why: string): string {
  return `Not believed, because it was ${why}: type it with the codec endpoint, and with the order's id as "id".`;
}

function refuse(why: Refusal | null): void {
  if (why !== null) throw refusal(why);
}

function refusal({ code, detail }: Refusal): ApplicationFailure {
  return ApplicationFailure.create({ message: detail, type: code, nonRetryable: true });
}
