// src/workflows: carry out what the decider says, with signals, updates and a query; notify merchants.
//
// One order from its creation at seQura to its end: does what `decide` says, and feeds what happens back into `evolve`.
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  makeContinueAsNewFunc,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { REOPENED_STAYS_MS } from '../contract/time-limits.ts';
import type { OrderInput } from '../contract/messages.ts';
import { patched } from '../contract/patches.ts';
import { decide } from '../order/decide.ts';
import { heldCreateIsAnswered } from '../order/on-create.ts';
import type { Order } from '../order/order.ts';
import { orderOf } from '../order/order.ts';
import { ownValue } from '../order/unvouched.ts';
import type { OrderStatus } from '../order/status.ts';
import { currentDetails } from '../order/words.ts';
import { NEW_RUN } from './interceptors.ts';
import { handleMessages } from './order-handlers.ts';
import type { OrderRun } from './order-run.ts';
import { mustContinueAsNew, orderRun } from './order-run.ts';
import { recoverAfterReset } from './recover/recover-after-reset.ts';
import { doStep } from './steps.ts';

export async function orderWorkflow(input: OrderInput, facts = NEW_RUN): Promise<OrderStatus> {
  const run = orderRun(ownOrder(input), input.request, facts);
  const { order, apply, mustRecover, notifications } = run;
  setCurrentDetails(currentDetails(order()));
  handleMessages(run);
  const goesOn = () => decide(order()).do !== 'close' || mustRecover();

  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      if (mustRecover()) {
        if (patched('a-reset-is-followed-by-a-reminder', run)) await recoverAfterReset(run);
        run.hasRecovered();
      }
      if (heldCreateIsAnswered(order()) && patched('what-was-heard-answers-a-held-create', run))
        apply({ type: 'held_create_answered' });
      const step = decide(order());
      if (step.do !== 'close') await doStep(step, run);
      else if (!input.reopened || !(await condition(goesOn, REOPENED_STAYS_MS))) {
        // If a cancel arrives now, its handler waits for the order. So the order must go on, rather than wait for the handler.
        await condition(() => goesOn() || (allHandlersFinished() && notifications.allStarted()));
        if (!goesOn()) return order().status;
      }
      if (mustContinueAsNew()) await condition(notifications.allStarted);
      if (mustContinueAsNew() && 'until' in decide(order())) await continueAsNew(run, input);
    }
  });
}

async function continueAsNew({ order }: OrderRun, { request, reopened }: OrderInput): Promise<void> {
  const memo = { digest: ownValue(workflowInfo().memo?.['digest']), order: order() };
  const next: OrderInput = {
    request: order().status === 'creating' ? request : null,
    reopened,
    compact: true,
  };
  await makeContinueAsNewFunc<typeof orderWorkflow>({ memo })(next);
}

/** A run that somebody started by hand, as with "Start Workflow Like This One", would create an order a second time. */
function ownOrder(input: OrderInput | undefined): Order {
  const { workflowId, memo } = workflowInfo();
  const published = orderOf(workflowId, ownValue(memo?.['order']));
  const order = input?.compact === true ? published : orderOf(workflowId, input?.order);
  if (order !== null && published !== null) return order;
  const message = 'Orders are placed through the API: a run started by hand does nothing.';
  throw ApplicationFailure.create({ message, type: 'not_placed_through_the_api', nonRetryable: true });
}
