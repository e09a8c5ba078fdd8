// The spellings in which a reference may come back.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isReference } from '../../../src/order/ids.ts';
import { MOST_NEAR, nearSpellings, spellings } from '../../../src/order/spellings.ts';

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

describe('the references near one that no order has', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const joint = fc.constantFrom('', ' ', '-', '_', '/', '.');
  const letters = fc.constantFrom(
    (text: string) => text,
    (text: string) => text.toLowerCase(),
    (text: string) => text.toUpperCase(),
  );
  const reference = fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), joint, letters)
    .map(([parts, between, cased]) => cased(parts.join(between)));
  /** In what ways a reference comes back that nobody meant to change. */
  const changes: Record<string, (text: string) => string> = {
    'in capitals': (text) => text.toUpperCase(),
    'in small letters': (text) => text.toLowerCase(),
    'with other hyphens': (text) => text.replaceAll(/[ _./-]/g, '\u2013'),
    'with blanks': (text) => text.replaceAll(/[ _./-]/g, ' '),
    'with underscores': (text) => text.replaceAll(/[ _./-]/g, '_'),
    'with something invisible in it': (text) => `${text.slice(0, 1)}\u200b${text.slice(1)}`,
    'percent-encoded once more': encodeURIComponent,
    'in full width': (text) =>
      text.replaceAll(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0)),
    'without leading zeros': (text) => text.replace(/^0{1,7}(?=\d+$)/, ''),
    'with a leading zero more': (text) => `0${text}`,
  };
  for (const [how, change] of Object.entries(changes)) {
    it(`hold one that comes back ${how}`, () => {
      fc.assert(
        fc.property(reference, (sent) => {
          const came = change(sent);
          assert.ok([...spellings(came), ...nearSpellings(came)].includes(sent), came);
        }),
      );
    });
  }

  it('are few, are references, and none that has been looked for already', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({
        unit: fc.constantFrom('0', '1', 'a', 'B', '-', ' ', '_', '/', '.', '%', '%30', '\u200b'),
        maxLength: 64,
      }),
    );
    fc.assert(
      fc.property(text, (came) => {
        const near = nearSpellings(came);
        assert.ok(near.length <= MOST_NEAR && near.every(isReference));
        assert.ok(near.every((one) => !spellings(came).includes(one)));
      }),
    );
  });

  it('are none of what is far too long', () => assert.deepEqual(nearSpellings('a-'.repeat(100)), []));
});
