// The headers that callers send: API keys, preferences, ETags.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { presentedKey } from '../../src/api/auth.ts';
import { matchesEtag } from '../../src/api/etag.ts';
import { preferredWaitSeconds } from '../../src/api/prefer.ts';
import { API_KEY, anApiKey, anOrderView } from './api-fixtures.ts';

describe('Prefer', () => {
  const READ: [header: string | undefined, seconds: number | null][] = [
    [undefined, null],
    ['wait=5', 5],
    ['wait=1', 1],
    ['wait=30', 30],
    ['WAIT = "10"', 10],
    ['respond-async, wait=10', 10],
    ['foo="a, wait=3; b", wait=7;x=y', 7],
    ['foo="say \\"wait=3\\"", wait=8', 8],
    ['wait=05', 5],
    ['wait=2, wait=9', 2],
    ['wait=0, wait=9', null],
    ['wait=31', null],
    ['wait=-1', null],
    ['wait=1.5', null],
    ['wait=1e1', null],
    ['wait', null],
    ['wait=', null],
    ['waiting=5', null],
    ['foo; wait=5', null],
    ['"', null],
    [`${'"'.repeat(15_000)}, wait=5`, null],
  ];
  for (const [header, seconds] of READ) {
    it(`${header?.slice(0, 40)} waits ${seconds ?? 'not at all'}`, () =>
      assert.equal(preferredWaitSeconds(header), seconds));
  }
});

describe('If-None-Match', () => {
  const order = anOrderView({ revision: 3 });
  for (const header of ['"3"', 'W/"3"', '"1", "3"', '"1",W/"3"', '*', ' * ']) {
    it(`${header} is revision 3`, () => assert.ok(matchesEtag(header, order)));
  }
  for (const header of ['"4"', '3', '"33"', '', '"1", "2"', '"3']) {
    it(`${header || 'nothing'} is not`, () => assert.ok(!matchesEtag(header, order)));
  }
});

describe('Authorization', () => {
  const key = anApiKey();
  it('is read whatever the spelling of its scheme', () => {
    assert.equal(presentedKey([anApiKey({ id: 'other', sha256: '00' }), key], `bearer ${API_KEY}`), key);
  });
  for (const header of [
    undefined,
    '',
    API_KEY,
    'Bearer',
    `Basic ${API_KEY}`,
    `Bearer ${API_KEY} x`,
    `Bearer ${key.sha256}`,
  ]) {
    it(`"${header ?? 'nothing'}" presents no key`, () => assert.equal(presentedKey([key], header), null));
  }
});
