// A problem as it is answered (RFC 9457).
import { z } from 'zod';
import type { ProblemCode, ProblemKind } from '../http/problem.ts';
import { PROBLEMS, problemType } from '../http/problem.ts';
import type { FieldErrorCode } from '../http/validation.ts';
import { FIELD_ERRORS } from '../http/validation.ts';
import { order } from './order.ts';

const fieldError = z
  .strictObject({
    pointer: z.string().meta({
      description: 'A JSON Pointer (RFC 6901) into the body, or `/` and the name of a query parameter.',
      examples: ['/cart_items/0/quantity'],
    }),
    code: z.enum(Object.keys(FIELD_ERRORS) as FieldErrorCode[]),
    message: z.string().meta({ examples: ['Must be 1 or more.'] }),
  })
  .meta({ id: 'FieldError' });
export type FieldError = z.output<typeof fieldError>;

export const problem = z
  .strictObject({
    type: z.string().meta({ examples: [problemType('order_not_found')] }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string().optional().meta({ description: 'The path of the request, where that could be read.' }),
    code: z.enum(Object.keys(PROBLEMS) as ProblemCode[]),
    errors: z.array(fieldError).min(1).max(100).optional(),
    order: order.optional(),
  })
  .meta({ id: 'Problem', description: 'docs/problems.md says what to do about each `code`.' });
export type ProblemBody = z.output<typeof problem>;

/** The problem of this code: what it always says, and what it carries. */
export function problemOfCode(code: ProblemCode) {
  const { status, title, errors, order: about }: ProblemKind = PROBLEMS[code];
  const { detail, instance } = problem.shape;
  return z.strictObject({
    type: z.literal(problemType(code)),
    title: z.literal(title),
    status: z.literal(status),
    detail,
    instance,
    code: z.literal(code),
    ...(errors && { errors: problem.shape.errors.unwrap() }),
    ...(about && { order: about === 'always' ? order : problem.shape.order }),
  });
}
