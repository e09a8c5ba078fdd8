// One order from its creation at seQura to its end: does what `decide` says, and feeds what happens back into `evolve`.
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  currentUpdateInfo,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { cancelStillWanted, decide } from '../order/decide.ts';
import type { NewOrderEvent } from '../order/events.ts';
import { evolve } from '../order/evolve.ts';
import { joinsUnnoted, wasAsked } from '../order/on-cancel.ts';
import { isTold } from '../order/on-create.ts';
import { answersInVain } from '../order/on-resolution.ts';
import { isSameAgain } from '../order/on-webhook.ts';
import type { Order } from '../order/order.ts';
import { orderOf } from '../order/order.ts';
import type { Refusal } from '../order/refusal.ts';
import { isResolvedBefore, refuseCancel, refuseResolution, refuseSms } from '../order/refusal.ts';
import { distrusted, readMobilePhone, readResolution, readWebhook } from '../order/typed-by-hand.ts';
import { distrust, opened, ownValue } from '../order/unvouched.ts';
import type { OrderView } from '../order/view.ts';
import { orderView } from '../order/view.ts';
import { currentDetails } from '../order/words.ts';
import { arrivals } from './arrivals.ts';
import { REOPENED_STAYS_MS } from '../contract/deadlines.ts';
import type { OrderInput, SmsAnswer } from '../contract/messages.ts';
import {
  cancelStillWantedQuery,
  cancelUpdate,
  heldUpSignal,
  resolveUpdate,
  sendSmsUpdate,
  sequraEventSignal,
} from '../contract/messages.ts';
import { patched } from '../contract/patches.ts';
import type { Resets } from './interceptors.ts';
import { merchantNotices } from './notify-merchant.ts';
import { publish } from './publish.ts';
import type { AskedSms, UnderWay, Work } from './steps.ts';
import { claimNumber, doStep, mustContinueAsNew, remind } from './steps.ts';

/** It may be an answer that the reset delivers again. */
const JUST_RESET: Refusal = {
  code: 'action_not_allowed',
  detail: 'The order was reset and does not know yet what it knew before: look at it again.',
};

export async function orderWorkflow(
  input: OrderInput,
  resets: Resets = { count: 0, own: (given) => given },
): Promise<OrderView> {
  refuseStrays(input);
  let { order } = input;
  const { request, reopened } = input;
  const askedSms = new Map<string, AskedSms>();
  const notices = merchantNotices();
  const underWay: UnderWay = { scope: null };
  let reminders = 0;
  const hasForgotten = () => resets.count > reminders;
  const arrive = arrivals(() => resets.count > 0);

  const apply = (event: NewOrderEvent): void => {
    const before = order;
    order = evolve(order, { ...event, ...ruleOf(order, event), at: now() });
    if (event.type === 'reminded') reminders = resets.count;
    publish(before, order);
    notices.changed(before, order);
  };

  setCurrentDetails(currentDetails(order));
  setHandler(cancelStillWantedQuery, () => cancelStillWanted(order));
  const whyNot = (given: unknown) => distrust(opened(given), order, now());
  const believe = (given: unknown): void => {
    const why = whyNot(given);
    if (why !== null) refuse({ code: 'action_not_allowed', detail: notBelieved(why) });
  };
  const hear = (given: unknown): void => {
    const why = whyNot(given);
    if (why !== null && patched('what-is-typed-needs-trust')) {
      // A reset delivers it again, and whoever typed it has been asked before.
      const kind = resets.count > 0 ? 'note' : 'unknown';
      return apply({ type: 'webhook', webhook: { ...distrusted(why), event_id: uuid4(), kind } });
    }
    const webhook = readWebhook(opened(given).value);
    // What an operator typed is news, and never a repeat of the event that it is to put right.
    const isNews = webhook.event_id === undefined && patched('typed-by-hand-is-news');
    apply({ type: 'webhook', webhook: isNews ? { ...webhook, event_id: uuid4() } : webhook });
  };
  setHandler(sequraEventSignal, (typed) => arrive.signal(() => hear(typed)), {
    description:
      'A webhook of seQura: {"event": "order/confirmed"}, with "kind": "confirm" or "cancel" where no rule knows the name',
  });
  setHandler(heldUpSignal, () => underWay.scope?.cancel(), {
    description: 'Ends the wait for a create or an SMS that is paused: its outcome then is unknown',
  });

  setHandler(
    sendSmsUpdate,
    async (typed): Promise<SmsAnswer> => {
      const requestId = currentUpdateInfo()?.id ?? uuid4();
      const asked: AskedSms = { mobilePhone: readMobilePhone(opened(typed).value) ?? null, outcome: 'not_possible' };
      await arrive.update(() => {
        refuse(refuseSms(order));
        askedSms.set(requestId, asked);
        apply({ type: 'sms_requested', requestId });
      });
      await condition(() => !order.sms.queue.includes(requestId));
      return { outcome: asked.outcome, order: orderView(order) };
    },
    {
      description: 'Sends the link: {} again, or {"mobile_phone": "+34666123456"} to another number',
      validator(typed) {
        refuse(refuseSms(order));
        const detail = 'mobile_phone must be written as E.164, such as +34666123456.';
        const phone = readMobilePhone(opened(typed).value);
        if (phone === undefined) refuse({ code: 'sms_not_possible', detail });
        // The order's own number needs no trust.
        const why = phone === null ? null : whyNot(typed);
        if (why !== null) refuse({ code: 'sms_not_possible', detail: notBelieved(why) });
      },
    },
  );

  setHandler(
    cancelUpdate,
    async (): Promise<OrderView> => {
      await arrive.update(() => {
        refuse(refuseCancel(order));
        apply({ type: 'cancel_requested' });
      });
      await condition(() => order.status !== 'cancelling' || decide(order).do === 'await_operator');
      return orderView(order);
    },
    { description: 'Cancels the order at seQura', validator: () => refuse(refuseCancel(order)) },
  );

  setHandler(
    resolveUpdate,
    async (typed): Promise<OrderView> => {
      const resolution = readResolution(opened(typed).value);
      if (typeof resolution === 'string') throw refusal({ code: 'action_not_allowed', detail: resolution });
      const { action, sequra_order_id: number } = resolution;
      if (action === 'attach' && number !== undefined && patched('a-number-belongs-to-one-order'))
        await claimNumber(number);
      return arrive.update(() => {
        refuse(hasForgotten() ? JUST_RESET : refuseResolution(order, resolution, now()));
        if (!isResolvedBefore(order, resolution, now())) apply({ type: 'resolved', resolution });
        return orderView(order);
      });
    },
    {
      description: 'Answers an attention: {"action": "…", "operator": "your name", "note": "what you found"}',
      validator(typed) {
        believe(typed);
        const resolution = readResolution(opened(typed).value);
        refuse(
          typeof resolution === 'string'
            ? { code: 'action_not_allowed', detail: resolution }
            : refuseResolution(order, resolution, now()),
        );
      },
    },
  );

  // The Cancel button of the Temporal UI means: cancel this order at seQura, then end.
  CancellationScope.current().cancelRequested.catch(() => apply({ type: 'cancel_requested' }));

  const interrupted = () => hasForgotten() || mustContinueAsNew();
  const work: Work = { order: () => order, apply, request, askedSms, underWay, interrupted, own: resets.own };
  const goesOn = () => decide(order).do !== 'close' || hasForgotten();

  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      if (hasForgotten()) {
        if (patched('a-reset-is-followed-by-a-reminder')) await remind(work);
        reminders = resets.count;
      }
      if (isTold(order) && patched('what-was-heard-answers-a-held-create')) apply({ type: 'told' });
      const step = decide(order);
      if (step.do !== 'close') await doStep(step, work);
      else if (!reopened || !(await condition(goesOn, REOPENED_STAYS_MS))) {
        // A cancel may come in this very moment: its handler then waits for the order, not the order for the handler.
        await condition(() => goesOn() || (allHandlersFinished() && notices.allStarted()));
        if (!goesOn()) return orderView(order);
      }
      if (mustContinueAsNew()) await condition(notices.allStarted);
      if (mustContinueAsNew() && 'until' in decide(order)) {
        const memo = { digest: ownValue(workflowInfo().memo?.['digest']), order };
        const next = { order, request: order.status === 'creating' ? request : null, reopened };
        await makeContinueAsNewFunc<typeof orderWorkflow>({ memo })(next);
      }
    }
  });
}

/** A history that was written before a rule goes on without it. Asked for only where the rule makes a difference. */
function ruleOf(order: Order, event: NewOrderEvent): { oldRule?: true } {
  const isOld =
    (event.type === 'webhook' && isSameAgain(order, event.webhook) && !patched('the-same-again-is-remembered')) ||
    (event.type === 'cancel_requested' && joinsUnnoted(order) && !patched('a-cancel-that-joins-is-noted')) ||
    (event.type === 'reminded' && wasAsked(order) && !patched('a-confirmation-overtakes-a-cancel')) ||
    (event.type === 'resolved' &&
      answersInVain(order, event.resolution) &&
      !patched('a-question-left-open-is-asked-anew'));
  return isOld ? { oldRule: true } : {};
}

/** A run that somebody started by hand, as with "Start Workflow Like This One", would create an order a second time. */
function refuseStrays(input: OrderInput | undefined): void {
  const { workflowId, memo } = workflowInfo();
  const published = ownValue(memo?.['order']);
  if (orderOf(workflowId, input?.order) !== null && orderOf(workflowId, published) !== null) return;
  const message = 'Orders are placed through the API: a run started by hand does nothing.';
  throw ApplicationFailure.create({ message, type: 'not_placed_through_the_api', nonRetryable: true });
}

function notBelieved(why: string): string {
  return `Not believed, because it was ${why}: type it with the codec endpoint, and with the order's id as "id".`;
}

function now(): string {
  return new Date().toISOString();
}

function refuse(why: Refusal | null): void {
  if (why !== null) throw refusal(why);
}

function refusal({ code, detail }: Refusal): ApplicationFailure {
  return ApplicationFailure.create({ message: detail, type: code, nonRetryable: true });
}
