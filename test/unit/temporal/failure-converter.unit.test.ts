// Of failures, Temporal sees in the clear why an order refuses a command, and nothing else.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActivityFailure, ApplicationFailure, defaultPayloadConverter, TimeoutFailure } from '@temporalio/common';
import { REFUSALS } from '../../../src/order/refusal.ts';
import { failureConverter } from '../../../src/temporal/failure-converter.ts';
import { bytesAsText } from '../../support/bytes.ts';

const CANARY = 'Xochiquetzal';
const toFailure = (error: unknown) => failureConverter.errorToFailure(error, defaultPayloadConverter);
const toError = (failure: ReturnType<typeof toFailure>) =>
  failureConverter.failureToError(failure, defaultPayloadConverter);

describe('a failure on its way to Temporal', () => {
  for (const type of REFUSALS) {
    it(`is readable where it is a refusal: ${type}`, () => {
      const failure = toFailure(ApplicationFailure.create({ message: 'not now', type, nonRetryable: true }));
      assert.deepEqual([failure.message, failure.stackTrace, failure.encodedAttributes], ['not now', '', undefined]);
      const error = toError(failure);
      assert.ok(error instanceof ApplicationFailure);
      assert.deepEqual([error.message, error.type, error.nonRetryable], ['not now', type, true]);
    });
  }

  const [type] = REFUSALS;
  const hidden = new Error(CANARY);
  for (const [what, error] of Object.entries({
    'an error': hidden,
    'a text': CANARY,
    'a failure of another type': ApplicationFailure.create({ message: CANARY, type: 'refused' }),
    'a failure without a type': ApplicationFailure.create({ message: CANARY }),
    'an error with the name of a refusal': Object.assign(new Error(CANARY), { name: type, type }),
    'a timeout': new TimeoutFailure(CANARY, undefined, 'START_TO_CLOSE'),
    'an activity': new ActivityFailure(CANARY, 'createOrder', '1', 'MAXIMUM_ATTEMPTS_REACHED', 'me', hidden),
    'what is behind a refusal': ApplicationFailure.create({ message: 'not now', type, cause: hidden }),
  })) {
    it(`is encoded where it is ${what}`, () => {
      const failure = toFailure(error);
      const sealed = failure.encodedAttributes ?? failure.cause?.encodedAttributes;
      assert.match(Buffer.from(sealed?.data ?? []).toString(), new RegExp(CANARY));
      assert.doesNotMatch(bytesAsText(withoutSealed(failure)), new RegExp(CANARY));
      const { message, cause } = toError(failure);
      assert.match(`${message} ${(cause as Error | undefined)?.message}`, new RegExp(CANARY), 'and comes back');
    });
  }
});

function withoutSealed(failure: ReturnType<typeof toFailure>): unknown {
  const { encodedAttributes: _sealed, cause, ...open } = failure;
  return cause == null ? open : { ...open, cause: withoutSealed(cause) };
}
