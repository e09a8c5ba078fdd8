// Every kept history replays on today's code: a deploy must not strand an order that an earlier release started.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { INCOMPATIBLE, releaseWith } from '../support/releases.ts';
import { bundled, replay } from '../support/replay.ts';

const FOLDER = fileURLToPath(new URL('../histories/', import.meta.url));
const ENDINGS = ['confirmed', 'expired', 'cancelled', 'cancellation_requested', 'failed'];

const read = (file: string) => JSON.parse(readFileSync(FOLDER + file, 'utf8')) as unknown;

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

  for (const [what, change] of Object.entries(INCOMPATIBLE)) {
    it(`catch a release with ${what} before it is one`, async () => {
      const release = releaseWith(await bundled(), change);
      const histories = [{ workflowId: idOf('confirmed.json'), history: read('confirmed.json') }];
      await assert.rejects(replay(histories, null, release), /does not replay/);
    });
  }
});
