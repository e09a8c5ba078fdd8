// Lists on a Temporal that refuses most visibility calls: they wait their turn, and equal ones are one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as soon } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { MerchantNeededError, TemporalUnavailableError } from '../../../src/gateway/errors.ts';
import { lister } from '../../../src/gateway/list.ts';
import { patient } from '../../../src/gateway/visibility.ts';

function exhausted(): Error {
  return Object.assign(new Error('namespace rate limit exceeded'), { code: 8, details: '', metadata: {} });
}

describe('visibility calls', () => {
  it('are tried again where Temporal refuses them, in turns that no group takes from another', async () => {
    const visibility = patient(4_000);
    let refusals = 0;
    const served: string[] = [];
    const work = (group: string) => {
      let tries = 0;
      return async () => {
        await soon();
        if ((tries += 1) === 1) {
          refusals += 1;
          throw exhausted();
        }
        served.push(group);
        return group;
      };
    };
    const flood = Array.from({ length: 20 }, () => visibility('greedy', work('greedy')));
    assert.equal(await visibility('modest', work('modest')), 'modest');
    assert.ok(served.length <= 6, `${served.length} were served before`);
    await Promise.all(flood);
    assert.equal(refusals, 21);
  });

  it('that are refused for too long, or wait too long, say that Temporal is not available', async () => {
    const visibility = patient(300);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => visibility('a', () => Promise.reject(exhausted()))),
    );
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as unknown) : null));
    assert.ok(reasons.filter((reason) => reason instanceof TemporalUnavailableError).length >= 5);
    assert.ok(reasons.every((reason) => reason instanceof Error));
  });

  it('of equal lists are made once', async () => {
    let calls = 0;
    const client = {
      options: { namespace: 'default', loadedDataConverter: {} },
      withDeadline: <T>(_deadline: number, work: () => Promise<T>) => work(),
      workflowService: {
        async listWorkflowExecutions() {
          calls += 1;
          await soon();
          return { executions: [], nextPageToken: new Uint8Array() };
        },
      },
    } as unknown as Client;
    const list = lister({ client, payloadKeys: null, timeoutMs: 1_000 });
    const pages = await Promise.all(Array.from({ length: 60 }, () => list({ merchantIds: ['m'], limit: 50 })));
    assert.equal(calls, 2);
    for (const page of pages) assert.deepEqual(page, { data: [], unreadable: [], nextCursor: null });
    const merchantIds = Array.from({ length: 51 }, (_, number) => `m${number}`);
    await assert.rejects(list({ merchantIds, reference: 'pos_1', limit: 50 }), MerchantNeededError);
    assert.equal(calls, 2);
  });
});
