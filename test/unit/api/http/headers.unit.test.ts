// The headers that callers send: API keys, preferences, ETags.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { accepts } from '../../../../src/api/http/accept.ts';
import { presentedKey } from '../../../../src/api/http/auth.ts';
import { matchesEtag } from '../../../../src/api/http/etag.ts';
import { parametrised, splitUnquoted, unquoted } from '../../../../src/api/http/header-values.ts';
import { preferredWaitSeconds } from '../../../../src/api/http/prefer.ts';
import { anOrderView } from '../../../support/api-fixtures.ts';
import { API_KEY } from '../../../support/canaries.ts';
import { anApiKey } from '../../../support/merchants.ts';

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
    [`${'"'.repeat(15_000)}, wait=5`, 5],
    [`${'"'.repeat(15_001)}, wait=5`, null],
    ['wait="5', null],
    ['wait="\\5"', 5],
  ];
  for (const [header, seconds] of READ) {
    it(`${header?.slice(0, 40)} waits ${seconds ?? 'not at all'}`, () =>
      assert.equal(preferredWaitSeconds(header), seconds));
  }
});

describe('Accept', () => {
  const type = 'application/json';
  const TAKEN = [
    undefined,
    '',
    ' , ,',
    '*/*',
    'application/*',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;odata=verbose',
    'application/json;q=0.5',
    'application/json;a="x,y;z";q=1',
    'text/html, application/json;q=0.1',
    'text/html;level="1, */*;q=0", */*;q=0.1',
    'application/json;version=1;q=0, application/json',
    '*/*;q=0, application/json',
  ];
  for (const header of TAKEN) it(`${header ?? 'nothing'} takes JSON`, () => assert.ok(accepts(header, type)));
  const REFUSED = [
    'text/html',
    'application/json;q=0',
    'application/json;q=0.000, */*',
    'application/*;q=0, */*',
    'text/html;a="*/*"',
    'json',
  ];
  for (const header of REFUSED) it(`${header} does not`, () => assert.ok(!accepts(header, type)));
});

describe('a list with quotes', () => {
  const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

  it('gives every value back, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (values) => {
        const parts = splitUnquoted(values.map(quoted).join(' , '), ',');
        assert.deepEqual(parts.map(unquoted), values);
      }),
    );
  });

  it('reads parameters in any spelling', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9!#$%&'*+.^_`|~-]{1,20}$/), fc.boolean(), (charset, isQuoted) => {
        const text = `Application/JSON ; x="a;charset=no" ;CharSet = ${isQuoted ? quoted(charset) : charset} ; charset=second`;
        const { value, parameters } = parametrised(text);
        assert.deepEqual([value, parameters.get('charset')], ['application/json', charset]);
      }),
    );
  });
});

describe('If-None-Match', () => {
  const order = anOrderView({ revision: 3 });
  const AS_PROXIES_WRITE = [
    '-gzip',
    ';gzip',
    '--gzip',
    ':gzip',
    '+gzip',
    '-br',
    ';br',
    '/br',
    '-deflate',
    '-x-gzip',
    '-zstd',
    '-gzip-gzip',
  ];
  const changed = AS_PROXIES_WRITE.flatMap((ending) => [`"3${ending}"`, `W/"3${ending.toUpperCase()}"`]);
  for (const header of ['"3"', 'W/"3"', 'w/"3"', '"1", "3"', '"1",W/"3"', '*', ' * ', ...changed]) {
    it(`${header} is revision 3`, () => assert.ok(matchesEtag(header, order)));
  }
  const others = ['"33-gzip"', '"-gzip"', '"3gzip"', '"3-4"', '"3-4-gzip"', '"gzip-3"', '"03"', '"3-"', '"", "'];
  for (const header of ['"4"', '3', '"33"', '', '"1", "2"', '"3', ...others]) {
    it(`${header || 'nothing'} is not`, () => assert.ok(!matchesEtag(header, order)));
  }
});

describe('Authorization', () => {
  const key = anApiKey();
  it('is read whatever the spelling of its scheme', () => {
    assert.equal(presentedKey([anApiKey({ id: 'other', sha256: '00' }), key], `bearer ${API_KEY}`), key);
  });
  it('presents a key until it expires', () => {
    const dated = anApiKey({ expiresAtMs: 1_000 });
    assert.equal(presentedKey([dated], `Bearer ${API_KEY}`, 999), dated);
    assert.equal(presentedKey([dated], `Bearer ${API_KEY}`, 1_000), null);
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
