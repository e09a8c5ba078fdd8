// What the times of a history say: how long workflow tasks take, and what a run has published, however its events come in pages.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultPayloadConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import fc from 'fast-check';
import type { Event } from '../../../src/temporal/history-times.ts';
import { NOTHING_YET, timesOf } from '../../../src/temporal/history-times.ts';

const payload = defaultPayloadConverter.toPayload({});
const KINDS = {
  started: { workflowExecutionStartedEventAttributes: {} },
  scheduled: { workflowTaskScheduledEventAttributes: {} },
  taken: { workflowTaskStartedEventAttributes: {} },
  completed: { workflowTaskCompletedEventAttributes: {} },
  failed: { workflowTaskFailedEventAttributes: {} },
  memo: { workflowPropertiesModifiedEventAttributes: { upsertedMemo: { fields: { order: payload } } } },
  otherMemo: { workflowPropertiesModifiedEventAttributes: { upsertedMemo: { fields: { other: payload } } } },
  attributes: { upsertWorkflowSearchAttributesEventAttributes: { searchAttributes: { indexedFields: {} } } },
  called: { activityTaskScheduledEventAttributes: {} },
  answered: { activityTaskCompletedEventAttributes: {} },
  unanswered: { activityTaskTimedOutEventAttributes: {} },
  refused: { activityTaskFailedEventAttributes: {} },
  timer: { timerFiredEventAttributes: {} },
  signal: { workflowExecutionSignaledEventAttributes: {} },
  cancel: { workflowExecutionCancelRequestedEventAttributes: {} },
  child: { childWorkflowExecutionStartedEventAttributes: {} },
} as const satisfies Record<string, Event>;
type Kind = keyof typeof KINDS;

/** Numbered from 1. */
const history = (...events: readonly (readonly [kind: Kind, atMs: number])[]): Event[] =>
  events.map(([kind, atMs], index) => ({ ...KINDS[kind], eventId: index + 1, eventTime: msToTs(atMs) }) as never);

/** An order that is created, gets its SMS, and is confirmed. */
const ORDER = history(
  ['started', 1_000],
  ['scheduled', 1_000],
  ['taken', 1_010],
  ['completed', 1_020],
  ['called', 1_020],
  ['answered', 1_100],
  ['scheduled', 1_100],
  ['completed', 1_130],
  ['attributes', 1_130],
  ['called', 1_130],
  ['answered', 1_400],
  ['scheduled', 1_400],
  ['completed', 1_450],
  ['otherMemo', 1_450],
  ['memo', 1_450],
  ['attributes', 1_450],
  ['signal', 9_000],
  ['scheduled', 9_000],
  ['failed', 9_010],
  ['scheduled', 9_020],
  ['completed', 9_025],
  ['memo', 9_025],
);

describe('the times of a history', () => {
  for (const [what, [from, to], after, expected] of [
    ['a run that has begun', [1, 2], 0, { taskMs: null, newsMs: null, isNewsDue: false, newsAtMs: 1_000 }],
    ['a call that is under way', [1, 5], 0, { taskMs: 20, newsMs: null, isNewsDue: false, newsAtMs: 1_000 }],
    ['news that is due', [1, 7], 0, { taskMs: 20, newsMs: null, isNewsDue: true, newsAtMs: 1_000 }],
    [
      'what is published first, from the start',
      [1, 10],
      0,
      { taskMs: 30, newsMs: 130, isNewsDue: false, newsAtMs: 1_130 },
    ],
    ['of two that are published the first', [1, 16], 0, { taskMs: 50, newsMs: 130, isNewsDue: false, newsAtMs: 1_450 }],
    [
      'what is published after what is known',
      [1, 16],
      9,
      { taskMs: 50, newsMs: 320, isNewsDue: false, newsAtMs: 1_450 },
    ],
    ['nothing new', [1, 16], 16, { taskMs: null, newsMs: null, isNewsDue: false, newsAtMs: 1_450 }],
    [
      'news that is due where a task failed',
      [1, 19],
      19,
      { taskMs: null, newsMs: null, isNewsDue: true, newsAtMs: 1_450 },
    ],
    [
      'how long a task took from when it was tried again',
      [1, 22],
      16,
      { taskMs: 5, newsMs: 7_575, isNewsDue: false, newsAtMs: 9_025 },
    ],
    [
      'a page alone, of what began before it',
      [12, 13],
      0,
      { taskMs: 50, newsMs: null, isNewsDue: false, newsAtMs: null },
    ],
  ] as const)
    it(`say ${what}`, () => {
      const { taskMs, newsMs, soFar } = timesOf(ORDER.slice(from - 1, to), after, NOTHING_YET);
      const { isNewsDue, newsAtMs } = soFar;
      assert.deepEqual({ taskMs, newsMs, isNewsDue, newsAtMs }, expected);
    });

  for (const [kind, isDue] of [
    ['answered', true],
    ['unanswered', true],
    ['refused', true],
    ['timer', true],
    ['signal', true],
    ['cancel', true],
    ['child', false],
    ['called', false],
    ['started', false],
  ] as const)
    it(`say that news is ${isDue ? '' : 'not '}due: ${kind}`, () => {
      const { soFar } = timesOf(history([kind, 0], ['scheduled', 0], ['taken', 1]), 0, NOTHING_YET);
      assert.equal(soFar.isNewsDue, isDue);
      assert.equal(timesOf(history(['completed', 2]), 0, soFar).soFar.isNewsDue, false);
    });

  it('are the same in pages, but for what a page has more than one of', () => {
    const whole = timesOf(ORDER, 0, NOTHING_YET);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: ORDER.length - 1 })), (cuts) => {
        const ends = [...cuts.toSorted((one, other) => one - other), ORDER.length];
        let soFar = NOTHING_YET;
        const news: number[] = [];
        let lastTaskMs: number | null = null;
        let from = 0;
        for (const to of ends) {
          const times = timesOf(ORDER.slice(from, to), 0, soFar);
          if (times.newsMs !== null) news.push(times.newsMs);
          lastTaskMs = times.taskMs ?? lastTaskMs;
          ({ soFar } = times);
          from = to;
        }
        assert.deepEqual(soFar, whole.soFar);
        assert.equal(lastTaskMs, whole.taskMs);
        assert.equal(news[0], whole.newsMs);
      }),
    );
  });
});
