// What a log line holds, and what never gets into one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import type { Logger } from '../../../src/telemetry/log.ts';
import { createLogger, temporalLogger } from '../../../src/telemetry/log.ts';

const CANARY = 'María García';

function lines(use: (log: Logger) => void): { text: string; last: Record<string, unknown> } {
  const written: string[] = [];
  use(createLogger('info', 'api', { write: (line) => void written.push(line) }));
  const last = JSON.parse(written.at(-1) ?? '{}') as Record<string, unknown>;
  return { text: written.join(''), last };
}

describe('a log line', () => {
  it('is JSON with a readable time and level, and the process', () => {
    const { last } = lines((log) => log.info({ id: 'order:m:1' }, 'taken'));
    assert.match(String(last['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.deepEqual({ ...last, time: '' }, { level: 'info', time: '', process: 'api', id: 'order:m:1', msg: 'taken' });
  });

  it('is left out below the level', () => assert.equal(lines((log) => log.debug('hidden')).text, ''));

  it('has of an error only its name, however it is given', () => {
    const error = new TypeError(CANARY, { cause: new Error(CANARY) });
    const { text } = lines((log) => {
      log.error(error);
      log.error(error, 'failed');
      log.error({ err: error }, 'failed');
      log.error({ error }, 'failed');
      log.child({ id: 'order:m:1' }).error(error);
    });
    assert.equal(text.match(/"TypeError"/g)?.length, 5);
    assert.doesNotMatch(text, new RegExp(CANARY));
    assert.doesNotMatch(text, /\.ts:\d+/);
  });
});

describe('a line of the Temporal SDK', () => {
  it('carries the ids it is about, and nothing that may hold personal data', () => {
    const error = ApplicationFailure.create({ message: CANARY, type: 'outcome_unknown', details: [CANARY] });
    const { text, last } = lines((log) =>
      temporalLogger(log).warn(`Activity failed: ${CANARY}`, {
        workflowId: 'order:m:1',
        activityType: 'createOrder',
        attempt: 1,
        taskQueue: 'orders',
        args: [CANARY],
        failure: CANARY,
        error,
      }),
    );
    assert.deepEqual(
      { ...last, time: '' },
      {
        level: 'warn',
        time: '',
        process: 'api',
        id: 'order:m:1',
        activity_type: 'createOrder',
        attempt: 1,
        task_queue: 'orders',
        error: 'ApplicationFailure outcome_unknown',
        msg: 'Activity failed',
      },
    );
    assert.doesNotMatch(text, new RegExp(CANARY));
  });

  it('keeps its level', () => {
    assert.equal(lines((log) => temporalLogger(log).log('ERROR', 'x')).last['level'], 'error');
    assert.equal(lines((log) => temporalLogger(log).debug('x')).text, '');
  });
});
