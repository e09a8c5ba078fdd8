// Phones, document numbers and birth dates, country by country.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { birthDateMistake } from '../../../../src/api/fields/birth-date.ts';
import { ninError, ninMistake } from '../../../../src/api/fields/nin.ts';
import { mobileNumber } from '../../../../src/api/fields/phone.ts';
import type { Country } from '../../../../src/config/model.ts';

describe('a mobile number', () => {
  const READ: [text: string, country: Country | null, number: string | null][] = [
    ['666123456', 'ES', '+34666123456'],
    ['666 12 34 56', 'ES', '+34666123456'],
    ['+34 666-123-456', 'ES', '+34666123456'],
    ['0034666123456', 'ES', '+34666123456'],
    ['0612345678', 'FR', '+33612345678'],
    ['333 1234567', 'IT', '+393331234567'],
    ['912345678', 'PT', '+351912345678'],
    ['+33612345678', 'ES', '+33612345678'],
    ['+34666123456', null, '+34666123456'],
    ['666123456', null, null],
    ['0112345678', 'FR', null],
    ['934000000', 'ES', null],
    ['900123456', 'ES', null],
    ['66612345', 'ES', null],
    ['', 'ES', null],
    ['+', 'ES', null],
    ['x'.repeat(10_000), 'ES', null],
  ];
  for (const [text, country, number] of READ) {
    it(`${text.slice(0, 20)} in ${country} is ${number}`, () => assert.equal(mobileNumber(text, country), number));
  }
});

describe('a document number', () => {
  const JUDGED: [country: Country, nin: string, mistake: 'form' | 'checksum' | null][] = [
    ['ES', '12345678A', 'checksum'],
    ['ES', '12345678Z', null],
    ['ES', '12.345.678-z', null],
    ['ES', 'X1234567L', null],
    ['ES', 'X1234567A', 'checksum'],
    ['ES', '123456789', 'form'],
    ['ES', '１２３４５６７８Z', null],
    ['ES', 'B12345674', 'form'],
    ['FR', '2 95 10 99 126 111 93', null],
    ['FR', '295109912611194', 'checksum'],
    ['FR', '3023217600053', null],
    ['FR', '12345678A', 'form'],
    ['IT', 'RCCMNL83S18D969H', null],
    ['IT', 'RCCMNL83S18D969A', 'checksum'],
    ['IT', 'RCCMNL83S18D96', 'form'],
    ['PT', '123456789', null],
    ['PT', '123456780', 'checksum'],
    ['PT', '00000000 0 ZZ4', null],
    ['PT', '023456789', 'form'],
    ['PT', 'ABC', 'form'],
  ];
  for (const [country, nin, mistake] of JUDGED) {
    it(`${nin} in ${country}: ${mistake ?? 'right'}`, () => assert.equal(ninError(country, nin), mistake));
  }

  it('has its checksum judged as strictly as the merchant wants, and its form always', () => {
    assert.equal(ninMistake('ES', 'off', '12345678A'), null);
    assert.equal(ninMistake('ES', 'warn', '12345678A'), null);
    assert.deepEqual(ninMistake('ES', 'reject', '12345678A'), { code: 'invalid_nin_checksum' });
    assert.deepEqual(ninMistake('ES', 'off', 'nonsense'), { code: 'invalid_nin' });
  });
});

describe('a birth date', () => {
  it('makes an adult on the day, in UTC', () => {
    const birthday = new Date('2026-11-22T00:00:00Z');
    assert.equal(birthDateMistake('2008-11-22', birthday), null);
    assert.deepEqual(birthDateMistake('2008-11-22', new Date(birthday.getTime() - 1)), { code: 'not_adult' });
  });

  it('on 29 February makes an adult on 1 March', () => {
    assert.deepEqual(birthDateMistake('2008-02-29', new Date('2026-02-28T12:00:00Z')), { code: 'not_adult' });
    assert.equal(birthDateMistake('2008-02-29', new Date('2026-03-01T00:00:00Z')), null);
  });
});
