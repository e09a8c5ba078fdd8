// Identifiers as people paste them: whatever decorates them, they are read as what they are.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import { canonicalNin, ninError } from '../../../src/api/fields/nin.ts';
import { orderBody } from '../../../src/api/schemas/order-body.ts';
import { mobileNumber } from '../../../src/api/fields/phone.ts';
import { resolveBody } from '../../../src/api/routes/resolve-order.ts';
import { sendSmsBody } from '../../../src/api/routes/send-sms.ts';
import {
  bare,
  inOneLine,
  showsNothing,
  tidyIdentifier,
  tidyPhone,
  withoutSeparators,
} from '../../../src/order/tidy.ts';
import { readMobilePhone, readResolution } from '../../../src/order/read-messages.ts';
import { EXAMPLE_REQUEST } from '../../../src/order/example.ts';
import { TODAY } from '../../support/api-fixtures.ts';

const SCHEMA = orderBody({ country: 'ES', ninChecksum: 'reject', clock: () => TODAY });

const INVISIBLES = Array.from(
  '\u00AD\u034F\u061C\u115F\u1160\u17B4\u180B\u180E\u200B\u200C\u200D\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2060\u2061\u2064' +
    '\u2066\u2067\u2068\u2069\u206A\u3164\uFE0F\uFEFF\uFFA0\uFFF9\u{E0020}',
);
const BLANKS = Array.from(
  ' \t\n\r\v\f\u0085\u00A0\u1680\u2000\u2003\u2007\u2009\u200A\u2028\u2029\u202F\u205F\u2800\u3000',
);
const DASHES = Array.from('-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\uFE58\uFE63\uFF0D');
const wide = (text: string) =>
  text.replaceAll(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));

const invisible = fc.array(fc.constantFrom(...INVISIBLES, ...BLANKS), { maxLength: 3 }).map((all) => all.join(''));
const between = fc
  .array(fc.constantFrom(...INVISIBLES, ...BLANKS, ...DASHES, '.', '．'), { maxLength: 3 })
  .map((all) => all.join(''));

/** `parts` with something between, before and behind, and some characters in full width. */
function decorated(parts: string[], separator: fc.Arbitrary<string> = between): fc.Arbitrary<string> {
  return fc
    .tuple(invisible, invisible, ...parts.map((part) => fc.tuple(fc.constantFrom(part, wide(part)), separator)))
    .map(([before, behind, ...pieces]) => {
      const all = pieces.map(([part, gap], index) => (index === pieces.length - 1 ? part : part + gap));
      return before + all.join('') + behind;
    });
}

const prefix = fc
  .tuple(fc.constantFrom('+', '00'), fc.constantFrom(['', ''], ['(', ')'], ['[', ']'], ['（', '）']), fc.boolean())
  .map(([plus, [open, close], trunk]) => `${open}${plus}34${close}${trunk ? ' (0) ' : ''}`);

describe('a phone number', () => {
  it('is the same with whatever decorates it', () => {
    const spelling = fc.tuple(fc.oneof(fc.constant(''), prefix), decorated(['666', '1', '23', '45', '6']));
    fc.assert(
      fc.property(spelling, invisible, ([start, number], gap) => {
        assert.equal(mobileNumber(`${gap}${start}${number}`, 'ES'), '+34666123456');
      }),
      { numRuns: 1000 },
    );
  });

  const READ = [
    '(+34) 666123456',
    '(0034) 666 123 456',
    '+34 (0) 666 123 456',
    '+(34) 666/12/34/56',
    '[+34]666.123.456',
    '\u200e666123456',
    '\u202a666123456\u202c',
    '\ufeff666123456',
    '666\u202f123456',
    '666\t123456',
    '666123456\r\n',
    '＋３４ ６６６１２３４５６',
    '666 (123) 456',
    '666−123−456',
  ];
  for (const text of READ) {
    it(`is read from ${JSON.stringify(text)}, with and without the merchant’s country`, () => {
      assert.equal(mobileNumber(text, 'ES'), '+34666123456');
      if (/34|３４/.test(tidyIdentifier(text).slice(0, 6))) assert.equal(mobileNumber(text, null), '+34666123456');
    });
  }

  it('keeps the trunk zero of its country out of an international number only', () => {
    assert.equal(mobileNumber('+33 (0)6 12 34 56 78', 'FR'), '+33612345678');
    assert.equal(mobileNumber('(0)6 12 34 56 78', 'FR'), '+33612345678');
  });

  for (const text of ['666123456,5', '666123456;ext=5', '666123456 666123457', 'a666123456', '+34+666123456', '()']) {
    it(`is not read from ${JSON.stringify(text)}`, () => assert.equal(mobileNumber(text, 'ES'), null));
  }

  it('may be typed into the Temporal UI the same way, with its prefix', () => {
    fc.assert(
      fc.property(prefix, decorated(['666', '123', '456']), (start, number) => {
        assert.equal(readMobilePhone({ mobile_phone: start + number }), '+34666123456');
      }),
    );
    assert.equal(readMobilePhone({ mobile_phone: '666123456' }), undefined);
    assert.equal(readMobilePhone({ mobile_phone: '\u200b' }), undefined);
    for (const nothing of [null, undefined, [], {}, { mobile_phone: null }]) {
      assert.equal(readMobilePhone(nothing), null);
    }
  });
});

describe('a document number', () => {
  it('is the same with whatever decorates it', () => {
    const numbers: [string, string[]][] = [
      ['12345678Z', ['12', '345', '678', 'z']],
      ['X1234567L', ['x', '1234567', 'L']],
      ['K1234567L', ['K', '1234567', 'l']],
    ];
    for (const [number, parts] of numbers) {
      fc.assert(fc.property(decorated(parts), (text) => assert.equal(canonicalNin('ES', text), number)));
    }
    fc.assert(
      fc.property(decorated(['12345678', 'Z']), (nin) => {
        assert.deepEqual(SCHEMA.parse({ ...EXAMPLE_REQUEST, nin }).nin, '12345678Z');
      }),
    );
  });

  it('may have brackets in it', () => {
    for (const nin of ['(12345678Z)', '12345678 (Z)', '[12345678]Z', '（12345678）Z'])
      assert.equal(canonicalNin('ES', nin), '12345678Z');
  });

  it('has letters of the alphabet only: what becomes one in capitals is none', () => {
    for (const nin of ['12345678\u017F', '1234567\u00DF', '12345678\u0131', '\u03A71234567L'])
      assert.equal(ninError('ES', nin), 'form', nin);
  });

  it('gets back a leading zero that was left out, where the check letter proves it', () => {
    assert.equal(canonicalNin('ES', '1234567L'), '01234567L');
    assert.equal(canonicalNin('ES', '1.234.567-l'), '01234567L');
    assert.equal(canonicalNin('ES', '1234567A'), '1234567A');
    assert.equal(canonicalNin('ES', '234567L'), '234567L');
    assert.equal(canonicalNin('PT', '1234567L'), '1234567L');
  });

  it('of a foreigner from before 2008 loses the zero that was left out since', () => {
    assert.equal(canonicalNin('ES', 'X01234567L'), 'X1234567L');
    assert.equal(canonicalNin('ES', 'X-01234567-L'), 'X1234567L');
    assert.equal(canonicalNin('ES', 'X11234567L'), 'X11234567L');
    assert.equal(canonicalNin('ES', 'Y01234567L'), 'Y01234567L');
  });
});

describe('a date of birth', () => {
  it('is the same with whatever stands around it, and with other hyphens', () => {
    const dash = fc.constantFrom(...DASHES);
    fc.assert(
      fc.property(invisible, dash, dash, invisible, (before, first, second, behind) => {
        const date = `${before}1990${first}01${second}01${behind}`;
        const body = { ...EXAMPLE_REQUEST, date_of_birth: date };
        assert.equal(SCHEMA.parse(body).date_of_birth, '1990-01-01');
      }),
    );
  });
});

describe('digits', () => {
  const zeros = Array.from({ length: 0x110000 }, (_, codePoint) => codePoint).filter(
    (codePoint) =>
      /\p{Nd}/u.test(String.fromCodePoint(codePoint)) &&
      !/\p{Nd}/u.test(String.fromCodePoint(Math.max(codePoint - 1, 0))),
  );
  const inScript = (zero: number) => (text: string) =>
    text.replaceAll(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));

  it('of every script are the same, in every identifier', () => {
    assert.ok(zeros.length > 50);
    for (const written of zeros.map(inScript)) {
      assert.equal(mobileNumber(written('+34 666123456'), 'ES'), '+34666123456');
      assert.equal(readMobilePhone({ mobile_phone: written('0034666123456') }), '+34666123456');
      assert.equal(canonicalNin('ES', written('12345678Z')), '12345678Z');
      const body = {
        ...EXAMPLE_REQUEST,
        nin: '12345678Z',
        postal_code: written('08001'),
        date_of_birth: written('1990-01-01'),
      };
      const { postal_code, date_of_birth } = SCHEMA.parse(body);
      assert.deepEqual([postal_code, date_of_birth], ['08001', '1990-01-01']);
      assert.equal(tidyIdentifier(written('0123456789')), '0123456789');
    }
  });
});

describe('a post code', () => {
  it('is the same with whatever stands around it', () => {
    fc.assert(
      fc.property(decorated(['08001']), (postalCode) => {
        assert.equal(SCHEMA.parse({ ...EXAMPLE_REQUEST, postal_code: postalCode }).postal_code, '08001');
      }),
    );
  });
});

describe('seQura’s number', () => {
  const answer = { action: 'attach', operator: 'ana', note: 'found' };
  it('is the same with whatever stands around it, by HTTP and in the Temporal UI', () => {
    fc.assert(
      fc.property(decorated(['4567']), (id) => {
        assert.equal(resolveBody.parse({ ...answer, sequra_order_id: id }).sequra_order_id, '4567');
        assert.deepEqual(readResolution({ ...answer, sequra_order_id: id }), { ...answer, sequra_order_id: '4567' });
      }),
    );
  });

  it('is not there where it is null, and not a number where it shows nothing', () => {
    assert.equal(resolveBody.safeParse({ ...answer, sequra_order_id: null }).success, false);
    assert.equal(resolveBody.safeParse({ ...answer, action: 'retry', sequra_order_id: null }).success, true);
    assert.equal(resolveBody.safeParse({ ...answer, sequra_order_id: '\u200b\u3164' }).success, false);
  });
});

function withField(whole: object, path: string, value: unknown): object {
  const [first = '', ...rest] = path.split('.');
  const inner: unknown = (whole as Record<string, unknown>)[first];
  const next = rest.length === 0 ? value : withField(inner as object, rest.join('.'), value);
  return Array.isArray(whole) ? whole.with(Number(first), next) : { ...whole, [first]: next };
}

describe('a text', () => {
  const body = EXAMPLE_REQUEST;
  const TEXTS = [
    'operator_ref',
    'given_names',
    'surnames',
    'date_of_birth',
    'address',
    'city',
    'nin',
    'postal_code',
    'mobile_phone',
    'merchant.id',
    'merchant.store_ref',
    'cart_items.0.reference',
    'cart_items.0.name',
  ];
  const nothing = fc
    .array(fc.constantFrom(...INVISIBLES, ' ', '\u00A0', '\u3000', '\u2800', '\t', '\n'), { minLength: 1 })
    .map((all) => all.join(''));

  /** The first mistake at each place. */
  function mistakes(schema: z.ZodType, value: unknown): Record<string, unknown> {
    const issues = schema.safeParse(value).error?.issues ?? [];
    const placed = issues.map((issue) => [issue.path.join('.'), 'params' in issue ? issue.params : issue.code]);
    return Object.fromEntries(placed.toReversed()) as Record<string, unknown>;
  }

  it('that shows nothing is blank, in every field', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TEXTS), nothing, (field, text) => {
        assert.equal(showsNothing(text), true);
        assert.deepEqual(mistakes(SCHEMA, withField(body, field, text)), { [field]: { code: 'blank' } });
      }),
    );
  });

  it('that is empty is too short, in every field', () => {
    for (const field of [...TEXTS, 'reference'])
      assert.deepEqual(mistakes(SCHEMA, withField(body, field, '')), {
        [field]: { code: 'too_short', names: '1 character' },
      });
  });

  it('of an operator is no other', () => {
    const answer = { action: 'attach', operator: 'ana', note: 'found', sequra_order_id: '4567' };
    fc.assert(
      fc.property(fc.constantFrom('operator', 'note', 'sequra_order_id'), nothing, (field, text) => {
        assert.deepEqual(mistakes(resolveBody, { ...answer, [field]: text }), { [field]: { code: 'blank' } });
      }),
    );
  });

  it('is put into one line, and otherwise kept', () => {
    const parsed = SCHEMA.parse({
      ...body,
      address: 'Calle Mayor 1\n2º B',
      given_names: 'Ana\tMaría\r\n',
      city: 'A  B',
    });
    assert.deepEqual([parsed.address, parsed.given_names, parsed.city], ['Calle Mayor 1 2º B', 'Ana María', 'A  B']);
  });

  for (const control of ['\u0000', '\u0007', '\u000B', '\u000C', '\u001B', '\u007F', '\u0085']) {
    it(`is refused with ${JSON.stringify(control)} in it`, () => {
      assert.equal(SCHEMA.safeParse({ ...body, address: `a${control}b` }).success, false);
    });
  }
});

describe('tidying', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.string({
      unit: fc.constantFrom(...INVISIBLES, ...BLANKS, ...DASHES, '(', '）', '0', '00', '+', '３', 'x', 'É', '/', '·'),
      maxLength: 12,
    }),
  );
  const folds = {
    tidyIdentifier,
    withoutSeparators,
    tidyPhone,
    inOneLine,
    bare,
    nin: (text: string) => canonicalNin('ES', text),
  };
  for (const [name, fold] of Object.entries(folds)) {
    it(`twice is tidying once: ${name}`, () => {
      fc.assert(
        fc.property(anyText, (text) => assert.equal(fold(fold(text)), fold(text))),
        { numRuns: 5000 },
      );
    });
  }

  it('leaves a plain identifier as it is', () => {
    fc.assert(fc.property(fc.stringMatching(/^[!-~]{1,20}$/), (text) => assert.equal(tidyIdentifier(text), text)));
  });
});

describe('null', () => {
  it('in an optional field says that it is not there', () => {
    assert.equal(sendSmsBody({ country: 'ES' }).parse({ mobile_phone: null }).mobile_phone, undefined);
    const body = { ...EXAMPLE_REQUEST, confirm_within_seconds: null };
    assert.equal(SCHEMA.parse(body).confirm_within_seconds, undefined);
  });
});
