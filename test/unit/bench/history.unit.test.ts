// Actions are counted as Temporal Cloud bills them, in kept histories.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { actionsIn } from '../../../bench/history.ts';

/** Start + activity attempts + timers + signals + updates + upserts of search attributes + two for each child workflow. Patches are none. */
const ACTIONS = {
  confirmed: 1 + 2 + 1 + 2 + 0 + 2,
  'cancel-overdue-and-answered': 1 + (1 + 1 + 3) + 2 + 0 + 0 + 5,
  'told-of-and-recreated': 1 + 3 + 1 + 1 + 0 + 2 + 2 * 2,
  'late-confirmation-marked-confirmed': 1 + 0 + 1 + 1 + 1 + 2,
};

it('actions are counted as Temporal Cloud bills them', () => {
  for (const [name, actions] of Object.entries(ACTIONS)) {
    const text = readFileSync(new URL(`../../histories/${name}.json`, import.meta.url), 'utf8');
    assert.equal(actionsIn(historyFromJSON(JSON.parse(text)).events ?? []), actions, name);
  }
});
