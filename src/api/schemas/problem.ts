// A problem as it is answered (RFC 9457).
import { z } from 'zod';
import type { ProblemCode, ProblemKind } from '../http/problem.ts';
import { PROBLEMS, problemType } from '../http/problem.ts';
import type { FieldErrorCode } from '../http/validation.ts';
import { FIELD_ERRORS } from '../http/validation.ts';
import { order } from './order.ts';
import { anything, line } from './texts.ts';

const fieldError = z
  .strictObject({
    pointer: anything(1_000).meta({
      description: 'A JSON Pointer (RFC 6901) into the body, or `/` and the name of a query parameter.',
      examples: ['/cart_items/0/quantity'],
    }),
    code: z.enum(Object.keys(FIELD_ERRORS) as FieldErrorCode[]).meta({ 'x-may-grow': true }),
    message: line(1_000).meta({ description: 'For people: it may change.', examples: ['Must be 1 or more.'] }),
  })
  .meta({ id: 'FieldError' });
export type FieldError = z.output<typeof fieldError>;

export const problem = z
  .strictObject({
    type: line(200).meta({ description: 'Names the kind of problem.', examples: [problemType('order_not_found')] }),
    title: line(200).meta({ description: 'The kind of problem, for people: it may change.' }),
    status: z.int().min(400).max(599).meta({ description: 'The status of the answer.' }),
    detail: line(2_000).meta({ description: 'This one, for people: it may change.' }),
    instance: z
      .string()
      .max(50_000)
      .optional()
      .meta({ format: 'uri-reference', description: 'The path of the request, where that could be read.' }),
    code: z.enum(Object.keys(PROBLEMS) as ProblemCode[]).meta({
      'x-may-grow': true,
      description: 'Decide by it. Take one that you do not know for any other with its status.',
    }),
    errors: z
      .array(fieldError)
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'What is wrong with the body or the query: the first mistake of each place.' }),
    order: order.optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });
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
