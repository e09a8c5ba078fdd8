// Whether a key that was presented is still what it was, while its answer is under way.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import express from 'express';
import { identifyCaller } from '../../../../src/api/http/caller.ts';
import { createLanes } from '../../../../src/api/http/lanes.ts';
import type { ApiKey } from '../../../../src/config/model.ts';
import { API_KEY } from '../../../support/canaries.ts';
import { anApiKey } from '../../../support/merchants.ts';

const KEY = anApiKey({ merchants: ['merchant_1', 'merchant_2'] });
const ANOTHER = anApiKey({ id: 'another', sha256: '00' });

/** What its answer is told when the keys have become these. */
async function isRevokedWhen(after: readonly ApiKey[]): Promise<unknown> {
  const apiKeys = [KEY];
  const app = express();
  app.use(identifyCaller({ apiKeys, merchants: new Map(), limits: { lanes: createLanes() } }));
  app.get('/', (_req, res) => {
    apiKeys.splice(0, 1, ...after);
    res.json(res.locals.isRevoked?.());
  });
  const server = createServer(app);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: `Bearer ${API_KEY}` } });
  const told = await answer.json();
  server.close();
  return told;
}

describe('a key whose answer is under way', () => {
  const goesOn: [string, ApiKey[]][] = [
    ['the same, read again', [ANOTHER, structuredClone(KEY)]],
    ['one that expires later', [{ ...KEY, expiresAtMs: Date.now() + 60_000 }]],
    ['one with another id', [{ ...KEY, id: 'renamed' }]],
  ];
  for (const [what, after] of goesOn)
    it(`goes on as ${what}`, async () => assert.equal(await isRevokedWhen(after), false));

  const ends: [string, ApiKey[]][] = [
    ['is gone', [ANOTHER]],
    ['has expired', [{ ...KEY, expiresAtMs: 1 }]],
    ['sees fewer merchants', [{ ...KEY, merchants: ['merchant_2'] }]],
    ['may do less', [{ ...KEY, scopes: ['orders:write'] }]],
  ];
  for (const [what, after] of ends)
    it(`ends where it ${what}`, async () => assert.equal(await isRevokedWhen(after), true));
});
