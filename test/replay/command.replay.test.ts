// `npm run replay` decides as a worker does, for a history of each kind.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { npmRun } from '../support/programs.ts';

for (const name of ['confirmed', 'signed-in-few-events'])
  it(`npm run replay says that ${name}.json replays`, async () => {
    const replay = npmRun('replay', {}, `test/histories/${name}.json`);
    assert.equal(await replay.ended(), 0, replay.stderr());
    assert.match(replay.stdout(), /decides as its history says/);
  });
