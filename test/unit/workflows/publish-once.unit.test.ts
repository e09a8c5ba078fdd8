// Of what one activation of an order's workflow writes, Temporal gets the last values, before anything that ends the run.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { publishOnce } from '../../../src/workflows/publish-once.ts';

const payload = (text: string) => ({ data: Buffer.from(text) });
const memo = (order: string) => ({
  modifyWorkflowProperties: { upsertedMemo: { fields: { order: payload(order) } } },
});
const attributes = (values: Record<string, string>) => ({
  upsertWorkflowSearchAttributes: {
    searchAttributes: {
      indexedFields: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, payload(value)])),
    },
  },
});
const timer = { startTimer: { seq: 1 } };
const end = { completeWorkflowExecution: {} };

function concluded(commands: object[], compact = true): object[] {
  const interceptor = publishOnce({ compact });
  return interceptor.concludeActivation?.({ commands }, ({ commands: left }) => ({ commands: left })).commands ?? [];
}

describe('the commands of one activation', () => {
  it('have the last memo only', () => {
    assert.deepEqual(concluded([memo('a'), timer, memo('b'), memo('c'), end]), [timer, memo('c'), end]);
  });

  it('have the search attributes once, each with its last value', () => {
    const written = [
      attributes({ OrderStatus: 'a', ConfirmBy: 'b' }),
      memo('a'),
      attributes({ OrderStatus: 'c' }),
      end,
    ];
    assert.deepEqual(concluded(written), [memo('a'), attributes({ OrderStatus: 'c', ConfirmBy: 'b' }), end]);
  });

  it('stay as they are where there is one of each, or none', () => {
    for (const commands of [[], [timer], [memo('a'), attributes({ OrderStatus: 'a' }), timer, end]])
      assert.deepEqual(concluded(commands), commands);
  });

  it('stay as they are in a run that an earlier release started', () => {
    const commands = [memo('a'), memo('b'), attributes({ OrderStatus: 'a' }), attributes({ OrderStatus: 'b' })];
    assert.deepEqual(concluded(commands, false), commands);
  });
});
