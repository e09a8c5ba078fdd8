// The kinds of fields that bodies and queries are made of. `meta` says in JSON Schema what the rule checks.
import { z } from 'zod';
import { MAX_REFERENCE_CHARACTERS } from '../order/ids.ts';
import type { Fault } from './validation.ts';
import { rule } from './validation.ts';

/** C0, DEL, C1, and halves of a character. */
const UNFIT = /[\p{Control}\p{Surrogate}]/u;

function textFault(text: string, maxCharacters: number): Fault | null {
  if (text === '') return { code: 'too_short', names: '1 character' };
  if (Array.from(text).length > maxCharacters) return { code: 'too_long', names: `${maxCharacters} characters` };
  return UNFIT.test(text) ? { code: 'invalid_characters' } : null;
}

/** 1 to `maxCharacters` characters (code points), kept as sent. */
export function text(maxCharacters: number) {
  return z
    .string()
    .superRefine(rule((value) => textFault(value, maxCharacters) ?? (value.trim() === '' ? { code: 'blank' } : null)))
    .meta({ minLength: 1, maxLength: maxCharacters });
}

/** The backend's own name of an order: it may even be a space, because http-api.md, section 1, says so. */
export function reference() {
  return z
    .string()
    .superRefine(rule((value) => textFault(value, MAX_REFERENCE_CHARACTERS)))
    .meta({ minLength: 1, maxLength: MAX_REFERENCE_CHARACTERS, examples: ['pos_1234'] });
}

/** A text that matches `pattern`, which `expected` puts in words. */
export function patterned(pattern: RegExp, expected: string) {
  return z
    .string()
    .superRefine(rule((value) => (pattern.test(value) ? null : { code: 'invalid_format', names: expected })))
    .meta({ pattern: pattern.source });
}

/** A whole number given as a number: a text of digits is not one. */
export function wholeNumber(min: number, max: number) {
  return z.int().min(min).max(max);
}
