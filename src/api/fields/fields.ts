// The kinds of fields that bodies and queries are made of. `meta` says in JSON Schema what the rule checks, and as `rule` in words.
import { z } from 'zod';
import { MAX_REFERENCE_CHARACTERS } from '../../order/ids.ts';
import { inOneLine, showsNothing, tidyIdentifier } from '../../order/tidy.ts';
import type { FieldMistake } from '../http/validation.ts';
import { rule } from '../http/validation.ts';

/** C0, DEL, C1, and halves of a character. */
const UNFIT = /[\p{Control}\p{Surrogate}]/u;

// Patterns for JSON Schema, in a form that every dialect of regular expressions knows.
export const ONE_LINE = String.raw`^[^\u0000-\u001F\u007F-\u009F]*$`;
/** Any character, with tabs and line ends, which are tidied away. */
const TYPED = String.raw`[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]`;
/** What `showsNothing` says of single characters; those of other planes are more than a pattern should list. */
const INVISIBLE = String.raw`\u00AD\u034F\u0600-\u0605\u061C\u06DD\u070F\u0890\u0891\u08E2\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u2800\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB`;
const SHOWN = String.raw`[^\s\u0000-\u001F\u007F-\u009F${INVISIBLE}]`;
/** A text with something visible. */
const SHOWING = `^${TYPED}*${SHOWN}${TYPED}*$`;

/** The mistake of a text that is empty or shows nothing, before it is tidied. */
export function emptyMistake(text: string): FieldMistake | null {
  return text === '' ? { code: 'too_short', names: '1 character' } : blankMistake(text);
}

/** Several times the longest field, in whatever spelling: a longer text is refused unread. */
const MOST_LOOKED_AT = 2_000;

/** Every text field begins with this check: a text that is far too long is not processed further. */
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
    .meta({
      minLength: 1,
      maxLength: maxCharacters,
      pattern: SHOWING,
      rule: `1 to ${maxCharacters} characters in one line.`,
    });
}

/** The backend's own name of an order: it may even be a space, because http-api.md, section 1, says so. */
export function reference() {
  return given(MAX_REFERENCE_CHARACTERS)
    .superRefine(rule((value) => (value === '' ? emptyMistake(value) : textMistake(value, MAX_REFERENCE_CHARACTERS))))
    .meta({
      minLength: 1,
      maxLength: MAX_REFERENCE_CHARACTERS,
      pattern: ONE_LINE,
      rule: `1 to ${MAX_REFERENCE_CHARACTERS} characters, compared one by one.`,
      examples: ['pos_1234'],
    });
}

const LONGEST_PATTERNED = 64;

/** A text that matches `pattern`, which `expected` puts in words. */
export function patterned(pattern: RegExp, expected: string) {
  return given(LONGEST_PATTERNED)
    .superRefine(rule(emptyMistake))
    .overwrite(tidyIdentifier)
    .superRefine(rule((value) => (pattern.test(value) ? null : { code: 'invalid_format', names: expected })))
    .meta({ pattern: pattern.source, maxLength: LONGEST_PATTERNED, rule: `Must be ${expected}.` });
}

/** A field that may be left out; null says the same. */
export function optional<S extends z.ZodType>(field: S) {
  return field.nullish().transform((value) => value ?? undefined);
}

/** A whole number given as a number, as bodies have it: a text of digits is not one. */
export function wholeNumber(min: number, max: number) {
  return z
    .int()
    .min(min)
    .max(max)
    .meta({ rule: `A whole number, ${min} to ${max}.` });
}

/** A whole number given in digits, as queries have it. */
export function digits(min: number, max: number) {
  return z
    .string()
    .superRefine(rule((value) => digitsMistake(value, min, max)))
    .transform(Number)
    .meta({ type: 'integer', minimum: min, maximum: max, rule: `A whole number, ${min} to ${max}.` });
}

function digitsMistake(value: string, min: number, max: number): FieldMistake | null {
  if (!/^\d{1,9}$/.test(value)) return { code: 'invalid_type', names: 'a whole number' };
  if (Number(value) < min) return { code: 'too_small', names: String(min) };
  return Number(value) > max ? { code: 'too_big', names: String(max) } : null;
}
