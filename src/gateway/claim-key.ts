// Claims an idempotency key for one request. The claim is a workflow that does nothing for a day: only one with its id can be open.
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { ownValue } from '../order/unvouched.ts';
import { KEY_CLAIM_MS } from '../contract/time-limits.ts';
import { keyedUpdateId } from '../contract/messages.ts';
import { IDEMPOTENCY_KEY_WORKFLOW } from '../contract/names.ts';
import type { idempotencyKeyWorkflow } from '../workflows/idempotency-key.ts';
import { call } from './call.ts';
import {
  IdTakenError,
  IdTooLongError,
  KeyReusedError,
  NumberUncheckedError,
  OrderPausedError,
  OrderRefusal,
} from './errors.ts';

/** Digests, from which nobody can read the key or the request. */
export type IdempotencyKey = {
  /** Of the caller and its key. */
  id: string;
  /** Of the key and the whole request. */
  request: string;
  /** Text for operators. */
  summary: string;
};

/** `repeat`: the same request has come before with this key. */
export type Claim = { key: string; updateId: string; repeat: boolean };

/** A key is kept for at least this time (http-api.md, section 3). */
const KEPT = '24 hours';
/** How much longer, if no worker ends the claim. An order remembers its commands for longer (`KEPT_MS`). */
const NO_WORKER = '1 hour';

/** Errors after which nothing was done, so that the key is given back. */
const WITHOUT_EFFECT = [OrderRefusal, OrderPausedError, NumberUncheckedError, IdTakenError, IdTooLongError] as const;

export type Keys = {
  /**
   * Claims the key and does the work of the request; without a key it just does the work. Gives the key back if the work throws an error
   * `WITHOUT_EFFECT`, or if its answer is none. Throws `KeyReusedError`.
   */
  under<Answer>(
    key: IdempotencyKey | null,
    work: (claim: Claim | null) => Promise<Answer>,
    isNone: (answer: Answer) => boolean,
  ): Promise<Answer>;
  isKnown(key: Pick<IdempotencyKey, 'id'>): Promise<boolean>;
};

export function idempotencyKeys(client: Client, taskQueue: string): Keys {
  /** The run of the new claim; null if another claim is open. */
  async function start({ id, request, summary }: IdempotencyKey): Promise<string | null> {
    try {
      const { firstExecutionRunId } = await client.workflow.start<typeof idempotencyKeyWorkflow>(
        IDEMPOTENCY_KEY_WORKFLOW,
        {
          workflowId: workflowId(id),
          taskQueue,
          startDelay: KEPT,
          workflowRunTimeout: NO_WORKER,
          memo: { request },
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
          staticSummary: summary,
        },
      );
      return firstExecutionRunId;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
      throw error;
    }
  }

  /** The open claim, or null. */
  async function read(id: string): Promise<{ runId: string; request: unknown } | null> {
    try {
      const { runId, memo, closeTime } = await client.workflow.getHandle(workflowId(id)).describe();
      return closeTime === undefined ? { runId, request: ownValue(memo?.['request']) } : null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  async function claim(key: IdempotencyKey): Promise<{ runId: string; repeat: boolean }> {
    for (;;) {
      const started = await start(key);
      if (started !== null) return { runId: started, repeat: false };
      const open = await read(key.id);
      // The key was given back meanwhile.
      if (open === null) continue;
      if (open.request !== key.request) throw new KeyReusedError('the key belongs to another request');
      return { runId: open.runId, repeat: true };
    }
  }

  /** If this fails, the key stays with its request for a day. */
  async function giveBack(id: string, runId: string): Promise<void> {
    const handle = client.workflow.getHandle(workflowId(id), runId);
    await call(client, KEY_CLAIM_MS, () => handle.terminate('the request was refused')).catch(() => {});
  }

  return {
    async under(key, work, isNone) {
      if (key === null) return work(null);
      const { runId, repeat } = await call(client, KEY_CLAIM_MS, () => claim(key));
      const updateId = keyedUpdateId({ key: key.request, claim: runId });
      try {
        const answer = await work({ key: key.request, updateId, repeat });
        if (isNone(answer)) await giveBack(key.id, runId);
        return answer;
      } catch (error) {
        if (WITHOUT_EFFECT.some((kind) => error instanceof kind)) await giveBack(key.id, runId);
        throw error;
      }
    },

    isKnown: async ({ id }) => (await call(client, KEY_CLAIM_MS, () => read(id))) !== null,
  };
}

function workflowId(id: string): string {
  return `key:${id}`;
}
