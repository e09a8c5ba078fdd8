// The kinds of texts in answers.
import { z } from 'zod';
import { MAX_REFERENCE_CHARACTERS } from '../../order/ids.ts';
import { ONE_LINE } from '../fields/fields.ts';

/** A text without control characters. */
export function line(maxCharacters: number) {
  return z
    .string()
    .max(maxCharacters)
    .refine((text) => !/\p{Control}/u.test(text))
    .meta({ pattern: ONE_LINE });
}

/** A text that a person or seQura wrote. */
export function anything(maxCharacters: number) {
  return z
    .string()
    .max(maxCharacters)
    .meta({ pattern: String.raw`^[\s\S]*$` });
}

export const orderId = z
  .string()
  .max(1_000)
  .regex(/^order:[A-Za-z0-9_-]{1,64}:[^:]+$/);

export const merchantId = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/)
  .meta({ examples: ['merchant_1'] });

export const reference = line(MAX_REFERENCE_CHARACTERS).meta({
  description: 'The shop’s own name of the order.',
  examples: ['pos_1234'],
});

const LENGTH_OF_TIME = 24;

/** RFC 3339 in UTC, with milliseconds. */
export const time = z.iso
  .datetime()
  .max(LENGTH_OF_TIME)
  .meta({ examples: ['2026-11-22T10:00:00.000Z'] });
