// Tells every workflow facts about its run: how often it was reset, which old payloads it may believe, and whether its history is kept short.
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { ofBefore, opened } from '../order/unvouched.ts';
import type { OrderInput } from '../contract/messages.ts';
import { publishOnce } from './publish-once.ts';
import { countResets } from './recover/resets.ts';

/** Passed to every workflow after its input. */
export type RunFacts = {
  /** Rises at each reset in the history. */
  resets: number;
  /** Unwraps what was sent to this run, as far as it may be believed. */
  believed: (given: unknown) => unknown;
  /** Of an order's input. */
  compact: boolean;
};

export const NEW_RUN: RunFacts = { resets: 0, believed: (given) => given, compact: false };

export function interceptors(): WorkflowInterceptors {
  const facts: RunFacts = { ...NEW_RUN };
  return {
    inbound: [
      {
        execute(input, next) {
          // A run from before payloads were bound to their orders. In any other run an unbound payload is a copy of an old one.
          if (input.args.some((given) => opened(given).how === 'unbound')) facts.believed = ofBefore;
          const args = input.args.map(facts.believed);
          facts.compact = (args[0] as Partial<OrderInput> | null | undefined)?.compact === true;
          return next({ ...input, args: [...args, facts] });
        },
        handleSignal: (input, next) => next({ ...input, args: input.args.map(facts.believed) }),
        validateUpdate: (input, next) => next({ ...input, args: input.args.map(facts.believed) }),
        handleUpdate: (input, next) => next({ ...input, args: input.args.map(facts.believed) }),
      },
    ],
    internals: [countResets(facts), publishOnce(facts)],
  };
}
