// An idempotency key belongs to one request: a workflow stands for the two, to which nothing happens for a day. Only one of its id can be open.
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

/** Both stand for what nobody can read from them. */
export type IdempotencyKey = {
  /** For the caller and its key. */
  id: string;
  /** For the key and the whole request. */
  request: string;
  /** For operators. */
  summary: string;
};

/** `repeat`: the same was asked before. */
export type Claim = { key: string; updateId: string; repeat: boolean };

/** http-api.md, section 3: at least. */
const KEPT = '24 hours';
/** Where no worker ends it: an order remembers what came of a command for longer (`KEPT_MS`). */
const NO_WORKER = '1 hour';

/** What leaves no trace: the key is given back. */
const WITHOUT_EFFECT = [OrderRefusal, OrderPausedError, NumberUncheckedError, IdTakenError, IdTooLongError] as const;

export type Keys = {
  /**
   * Does the work of a request once its key is its own; without a key at once. Work that throws an error `WITHOUT_EFFECT`, or whose answer is
   * none, gives the key back. Throws `KeyReusedError`.
   */
  under<Answer>(
    key: IdempotencyKey | null,
    work: (claim: Claim | null) => Promise<Answer>,
    isNone: (answer: Answer) => boolean,
  ): Promise<Answer>;
  isKnown(key: Pick<IdempotencyKey, 'id'>): Promise<boolean>;
};

export function idempotencyKeys(client: Client, taskQueue: string): Keys {
  /** Null where another run is open. */
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

  /** Null where none is open. */
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
      // Given back meanwhile.
      if (open === null) continue;
      if (open.request !== key.request) throw new KeyReusedError('the key belongs to another request');
      return { runId: open.runId, repeat: true };
    }
  }

  /** Where that fails, the key stays with its request for a day. */
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
