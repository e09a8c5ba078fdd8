// Query strings: each parameter at most once, none unknown.
import type { Request } from 'express';
import { z } from 'zod';
import type { Fault } from './validation.ts';
import { fieldError, invalid, rule, shortName, validated } from './validation.ts';

/** The parameters as the schema reads them. Throws `invalid_query`. */
export function readQuery<S extends z.ZodType>(req: Request, schema: S) {
  const parameters = new URLSearchParams(req.originalUrl.split('?').slice(1).join('?'));
  const repeated = [...new Set(parameters.keys())].filter((name) => parameters.getAll(name).length > 1);
  if (repeated.length > 0) {
    throw invalid(
      'invalid_query',
      repeated.map((name) => fieldError([shortName(name)], { code: 'repeated' })),
    );
  }
  return validated(schema, Object.fromEntries(parameters), 'invalid_query');
}

/** A whole number in digits. */
export function digits(min: number, max: number) {
  return z
    .string()
    .superRefine(rule((value) => digitsFault(value, min, max)))
    .transform(Number)
    .meta({ type: 'integer', minimum: min, maximum: max });
}

function digitsFault(value: string, min: number, max: number): Fault | null {
  if (!/^\d{1,9}$/.test(value)) return { code: 'invalid_type', names: 'a whole number' };
  if (Number(value) < min) return { code: 'too_small', names: String(min) };
  return Number(value) > max ? { code: 'too_big', names: String(max) } : null;
}
