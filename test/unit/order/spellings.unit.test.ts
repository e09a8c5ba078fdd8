// The spellings in which a reference may come back.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isReference } from '../../../src/order/ids.ts';
import { spellings } from '../../../src/order/spellings.ts';

const around = fc.array(fc.constantFrom(' ', '\t', '\n', '\r\n', '\u00a0', '\u202f', '\ufeff', '\u200e', '\u200b'), {
  maxLength: 4,
});
const plain = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter(
    (text) => isReference(text) && isReference(text.normalize('NFD')) && !/^[\s\p{Format}]|[\s\p{Format}]$/u.test(text),
  );

describe('the spellings of a reference', () => {
  it('begin with the one that came', () => {
    fc.assert(fc.property(plain, (reference) => assert.equal(spellings(reference)[0], reference)));
  });

  it('hold the one that was sent, whatever was put around it and in whichever normal form it comes back', () => {
    fc.assert(
      fc.property(
        plain,
        fc.constantFrom('NFC', 'NFD'),
        fc.constantFrom('NFC', 'NFD'),
        around,
        around,
        (text, sent, back, before, behind) => {
          const reference = text.normalize(sent);
          assert.ok(spellings(`${before.join('')}${text.normalize(back)}${behind.join('')}`).includes(reference));
        },
      ),
    );
  });

  it('are few, and references all of them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const all = spellings(text);
        assert.ok(all.length <= 4 && all.every(isReference));
      }),
    );
  });

  it('are none where nothing is left', () => assert.deepEqual(spellings('\n\u200b'), []));
});
