// What the go-live check asks before it begins.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { golive } from '../../../src/ops/golive.ts';
import { simulatorAt } from '../../../src/ops/golive/sequra-side.ts';
import type { Reply } from '../../support/receiver.ts';
import { startReceiver } from '../../support/receiver.ts';

const json =
  (status: number, body: object): Reply =>
  (response) =>
    response.writeHead(status).end(JSON.stringify(body));

describe('the go-live check', () => {
  it('knows a simulator from seQura, and one that does not go by this name', async (t) => {
    const answers = [json(200, { data: [], next_cursor: null }), json(200, {}), 404, json(403, { error: 'forbidden' })];
    const receiver = await startReceiver(t, ...(answers as [Reply, ...Reply[]]));
    assert.match((await simulatorAt(receiver.origin))?.name ?? '', /^the simulator at http/);
    assert.equal(await simulatorAt(receiver.origin), null);
    assert.equal(await simulatorAt(receiver.origin), null);
    await assert.rejects(simulatorAt(receiver.origin), /--hosts/);
    await receiver.goOffline();
    assert.equal(await simulatorAt(receiver.origin), null);
  });

  it('says how it is called, and takes no number that is none', async () => {
    const lines: string[] = [];
    assert.equal(await golive([], (line) => lines.push(line)), 1);
    assert.equal(await golive(['--help'], (line) => lines.push(line)), 0);
    assert.match(lines[0] ?? '', /^usage: npm run golive -- --merchant ID/);
    assert.equal(lines[0], lines[1]);
    for (const option of ['--cents', '--minutes'])
      await assert.rejects(
        golive(['--merchant', 'm', option, 'ten'], () => {}),
        new RegExp(`${option} has to be a number`),
      );
  });
});
