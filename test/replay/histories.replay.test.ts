// Every kept history replays on today's code: a deploy must not strand an order that an earlier release started.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { replay } from '../stack.ts';

const FOLDER = fileURLToPath(new URL('../histories/', import.meta.url));
const ENDINGS = ['confirmed', 'expired', 'cancelled', 'cancellation_requested', 'failed'];

type History = {
  events: { eventType: string; activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[];
};
const read = (file: string) => JSON.parse(readFileSync(FOLDER + file, 'utf8')) as History;

const idOf = (file: string) => `order:merchant_1:${file.replace('.json', '')}`;

describe('kept histories', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

  it('are there for every ending', () => {
    for (const ending of ENDINGS) assert.ok(files.includes(`${ending}.json`), ending);
  });

  for (const file of files) {
    it(`${file} replays`, async () => {
      assert.equal(await replay([{ workflowId: idOf(file), history: read(file) }], null), 1);
    });
  }

  it('that today’s code would not have written do not replay', async () => {
    const history = read('confirmed.json');
    const scheduled = history.events.find((event) => event.activityTaskScheduledEventAttributes !== undefined);
    assert.ok(scheduled?.activityTaskScheduledEventAttributes);
    scheduled.activityTaskScheduledEventAttributes.activityType.name = 'chargeCard';
    await assert.rejects(replay([{ workflowId: idOf('confirmed.json'), history }], null), /does not replay/);
  });
});
