// The mistakes of a body or a query, in our own words: one entry per mistake, and never a value that was sent.
import type { z } from 'zod';
import type { FieldError } from '../schemas/problem.ts';
import { Problem } from './problem.ts';

/** Codes of `errors[]`, with the message; `{}` stands for a limit or a choice. Listed for callers in docs/problems.md. */
export const FIELD_ERRORS = {
  required: 'This is required.',
  unknown_field: 'There is no such field here.',
  repeated: 'This may be given only once.',
  invalid_type: 'Expected {}.',
  invalid_value: 'Expected one of: {}.',
  invalid_format: 'Expected {}.',
  invalid_characters: 'Control characters and lone surrogates are not allowed.',
  blank: 'It shows nothing: something visible is needed.',
  too_short: 'At least {}.',
  too_long: 'At most {}.',
  too_small: 'Must be {} or more.',
  too_big: 'Must be {} or less.',
  zero_total: 'The total of the items must be more than 0.',
  invalid_phone: 'Expected a mobile number of the merchant’s country, or one with its international prefix.',
  invalid_nin: 'Expected the number of a personal document of the merchant’s country.',
  invalid_nin_checksum: 'The check character of the number does not match.',
  invalid_date: 'Expected a real date, as YYYY-MM-DD.',
  not_adult: 'The customer must be at least 18 years old.',
  not_allowed: 'Allowed only with {}.',
  invalid_cursor: 'Expected a `next_cursor` of an earlier answer.',
} as const satisfies Record<string, string>;

export type FieldErrorCode = keyof typeof FIELD_ERRORS;

/** A mistake that a rule of ours finds: its code, and the text for `{}` in its message. */
export type FieldMistake = { code: FieldErrorCode; names?: string };

const MAX_ERRORS = 100;
const MAX_NAME_CHARACTERS = 64;

export function fieldError(path: readonly PropertyKey[], { code, names = '' }: FieldMistake): FieldError {
  const pointer = path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return { pointer, code, message: FIELD_ERRORS[code].replace('{}', names) };
}

/** The value as the schema reads it. Throws the problem that names every mistake. */
export function validated<S extends z.ZodType>(schema: S, value: unknown, code: 'invalid_body' | 'invalid_query') {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw invalid(code, fieldErrors(result.error));
}

export function invalid(code: 'invalid_body' | 'invalid_query', errors: FieldError[]): Problem {
  const many = errors.length === 1 ? '1 mistake' : `${errors.length} mistakes`;
  return new Problem(code, `${many}, listed in \`errors\`.`, { errors });
}

/** The first mistake of every place, in the order of the schema. */
function fieldErrors({ issues }: z.ZodError): FieldError[] {
  const byPointer = new Map<string, FieldError>();
  for (const issue of issues) {
    for (const error of errorsOf(issue)) {
      if (byPointer.size < MAX_ERRORS && !byPointer.has(error.pointer)) byPointer.set(error.pointer, error);
    }
  }
  return [...byPointer.values()];
}

function errorsOf(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code !== 'unrecognized_keys') return [fieldError(issue.path, mistakeOf(issue))];
  return issue.keys
    .slice(0, MAX_ERRORS)
    .map((key) => fieldError([...issue.path, shortName(key)], { code: 'unknown_field' }));
}

/** A name that a caller made up is cut before it is sent back. */
export function shortName(name: string): string {
  return Array.from(name.replaceAll(/\p{Surrogate}/gu, '\uFFFD'))
    .slice(0, MAX_NAME_CHARACTERS)
    .join('');
}

const TYPE_NAMES: Record<string, string> = {
  string: 'text',
  number: 'a whole number',
  int: 'a whole number',
  array: 'a list',
  object: 'an object',
};

function mistakeOf(issue: z.core.$ZodIssue): FieldMistake {
  if (issue.code === 'custom') return issue.params as FieldMistake;
  if (issue.input === undefined) return { code: 'required' };
  if (issue.code === 'invalid_type') {
    return { code: 'invalid_type', names: TYPE_NAMES[issue.expected] ?? 'another type' };
  }
  if (issue.code === 'invalid_value') return { code: 'invalid_value', names: issue.values.map(String).join(', ') };
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return { code: 'invalid_format', names: 'another form' };
  const limit = String(issue.code === 'too_small' ? issue.minimum : issue.maximum);
  if (issue.origin !== 'array') return { code: issue.code, names: limit };
  return { code: issue.code === 'too_small' ? 'too_short' : 'too_long', names: `${limit} items` };
}

/** Makes a zod check of a function that finds the one mistake of a value, or none. */
export function rule<T>(judge: (value: T) => FieldMistake | null) {
  return (value: T, context: z.RefinementCtx): void => {
    const mistake = judge(value);
    if (mistake !== null) context.addIssue({ code: 'custom', params: mistake });
  };
}
