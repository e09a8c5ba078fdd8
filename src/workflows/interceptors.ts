// Tells every workflow two facts about its run: how often it was reset, and which old payloads it may believe.
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { ofBefore, opened } from '../order/unvouched.ts';
import { countResets } from './recover/resets.ts';

/** Passed to every workflow after its input. */
export type RunFacts = {
  /** Rises at each reset in the history. */
  resets: number;
  /** Unwraps what was sent to this run, as far as it may be believed. */
  believed: (given: unknown) => unknown;
};

export const NEW_RUN: RunFacts = { resets: 0, believed: (given) => given };

export function interceptors(): WorkflowInterceptors {
  const facts: RunFacts = { ...NEW_RUN };
  return {
    inbound: [
      {
        execute(input, next) {
          // A run from before payloads were bound to their orders. In any other run an unbound payload is a copy of an old one.
          if (input.args.some((given) => opened(given).how === 'unbound')) facts.believed = ofBefore;
          return next({ ...input, args: [...input.args.map(facts.believed), facts] });
        },
        handleSignal: (input, next) => next({ ...input, args: input.args.map(facts.believed) }),
        validateUpdate: (input, next) => next({ ...input, args: input.args.map(facts.believed) }),
        handleUpdate: (input, next) => next({ ...input, args: input.args.map(facts.believed) }),
      },
    ],
    internals: [countResets(facts)],
  };
}
