// The kinds of fields that bodies and queries are made of. `meta` says in JSON Schema what the rule checks.
import { z } from 'zod';
import { MAX_REFERENCE_CHARACTERS } from '../../order/ids.ts';
import { inOneLine, showsNothing, tidyIdentifier } from '../../order/tidy.ts';
import type { FieldMistake } from '../http/validation.ts';
import { rule } from '../http/validation.ts';

/** C0, DEL, C1, and halves of a character. */
const UNFIT = /[\p{Control}\p{Surrogate}]/u;

/** Of a text as it was sent. */
export function emptyMistake(text: string): FieldMistake | null {
  return text === '' ? { code: 'too_short', names: '1 character' } : blankMistake(text);
}

/** Several times what any field takes, however it was written: a longer text is not looked at. */
const MOST_LOOKED_AT = 2_000;

/** What every field of text begins with: nothing else is done with one that is far too long. */
export function given(maxCharacters: number) {
  return z.string().superRefine((text, context) => {
    if (text.length <= MOST_LOOKED_AT) return;
    const params: FieldMistake = { code: 'too_long', names: `${maxCharacters} characters` };
    context.addIssue({ code: 'custom', params, continue: false });
  });
}

function blankMistake(text: string): FieldMistake | null {
  return text !== '' && showsNothing(text) ? { code: 'blank' } : null;
}

function textMistake(text: string, maxCharacters: number): FieldMistake | null {
  if (Array.from(text).length > maxCharacters) return { code: 'too_long', names: `${maxCharacters} characters` };
  return UNFIT.test(text) ? { code: 'invalid_characters' } : null;
}

/** 1 to `maxCharacters` characters (code points) in one line, otherwise kept as sent. */
export function text(maxCharacters: number) {
  return tidied(inOneLine, maxCharacters);
}

/** What people copy from elsewhere: kept as `tidyIdentifier` leaves it. */
export function identifier(maxCharacters: number) {
  return tidied(tidyIdentifier, maxCharacters);
}

function tidied(tidy: (text: string) => string, maxCharacters: number) {
  return given(maxCharacters)
    .superRefine(rule(emptyMistake))
    .overwrite(tidy)
    .superRefine(rule((value) => textMistake(value, maxCharacters)))
    .meta({ minLength: 1, maxLength: maxCharacters });
}

/** The backend's own name of an order: it may even be a space, because http-api.md, section 1, says so. */
export function reference() {
  return given(MAX_REFERENCE_CHARACTERS)
    .superRefine(rule((value) => (value === '' ? emptyMistake(value) : textMistake(value, MAX_REFERENCE_CHARACTERS))))
    .meta({ minLength: 1, maxLength: MAX_REFERENCE_CHARACTERS, examples: ['pos_1234'] });
}

const LONGEST_PATTERNED = 64;

/** A text that matches `pattern`, which `expected` puts in words. */
export function patterned(pattern: RegExp, expected: string) {
  return given(LONGEST_PATTERNED)
    .superRefine(rule(emptyMistake))
    .overwrite(tidyIdentifier)
    .superRefine(rule((value) => (pattern.test(value) ? null : { code: 'invalid_format', names: expected })))
    .meta({ pattern: pattern.source });
}

/** A field that may be left out; null says the same. */
export function optional<S extends z.ZodType>(field: S) {
  return field.nullish().transform((value) => value ?? undefined);
}

/** A whole number given as a number: a text of digits is not one. */
export function wholeNumber(min: number, max: number) {
  return z.int().min(min).max(max);
}
