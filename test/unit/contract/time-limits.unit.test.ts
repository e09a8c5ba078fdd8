// Which time limit outlasts which: whoever changes one sees here whom it concerns.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as limits from '../../../src/contract/time-limits.ts';

const IN_ORDER: readonly (readonly [keyof typeof limits, keyof typeof limits, string])[] = [
  ['WEBHOOK_TAKEN_MS', 'REOPENED_STAYS_MS', 'whoever relays a webhook finds the run that was reopened meanwhile'],
  ['COMMAND_TAKEN_MS', 'REOPENED_STAYS_MS', 'whoever sends a command finds it, too'],
  ['COMMAND_LOOK_MS', 'COMMAND_TAKEN_MS', 'after its look a command still has time to be taken'],
  ['KEY_CLAIM_MS', 'COMMAND_TAKEN_MS', 'and after its key is claimed'],
  ['COMMAND_TAKEN_MS', 'COMMAND_DONE_MS', 'what was taken still has time to be done'],
  ['COMMAND_DONE_MS', 'LAST_ANSWERS_MS', 'a process that ends answers its last command'],
  ['ORDER_READ_MS', 'READ_IN_TURN_MS', 'the reason of a failed look reaches the caller'],
  ['LIST_READ_MS', 'READ_IN_TURN_MS', 'and so does that of a list'],
];

describe('time limits', () => {
  for (const [shorter, longer, why] of IN_ORDER) {
    it(`${shorter} < ${longer}: ${why}`, () => assert.ok(limits[shorter] < limits[longer]));
  }

  it('a command is answered within 10 s, its last look included', () =>
    assert.ok(limits.COMMAND_DONE_MS + limits.LAST_LOOK_MS < 10_000));

  it('a caller hears within 5 s that Temporal is away', () => assert.ok(limits.READ_IN_TURN_MS < 5_000));
});
