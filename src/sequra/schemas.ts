// What is read of seQura's answers (sequra.md): extra fields are ignored, those that the order depends on are checked.
import { z } from 'zod';
import type { OrderRequest } from '../order/request.ts';
import { totalCents } from '../order/request.ts';
import { decimalToCents } from './cents.ts';
import { OutcomeUnknownError } from '../http/errors.ts';

const MAX_ERROR_CODES = 20;

/** The documented example has a number; text is taken too. It becomes part of a path, hence no lone surrogates. */
const orderId = z.union([z.int().transform(String), z.string().regex(/^[^\p{Cc}\p{Cs}]{1,64}$/u)]);

const createdOrder = z.object({
  id: orderId,
  reference: z.unknown().optional(),
  total_with_tax: z.unknown().optional(),
  order_uuid: z.string().min(1).max(64).nullable().catch(null),
});

const errorBody = z.object({ errors: z.array(z.unknown()) });
const codedError = z.object({ code: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/) });

/**
 * The order of a 2xx answer to `createOrder`. Throws OutcomeUnknownError: `unreadable_answer`, or `other_reference` or `other_total`
 * where the answer is about something else than what was asked for.
 */
export function readCreatedOrder(
  body: string,
  httpStatus: number,
  request: OrderRequest,
): { sequraOrderId: string; orderUuid: string | null } {
  const { data: created } = createdOrder.safeParse(parseJson(body));
  if (created === undefined) throw new OutcomeUnknownError('unreadable_answer', httpStatus);
  const { id, reference, total_with_tax: total, order_uuid: orderUuid } = created;
  if (isGiven(reference) && reference !== request.reference)
    throw new OutcomeUnknownError('other_reference', httpStatus);
  if (isGiven(total) && decimalToCents(total) !== BigInt(totalCents(request.cart_items))) {
    throw new OutcomeUnknownError('other_total', httpStatus);
  }
  return { sequraOrderId: id, orderUuid };
}

/** The codes of `{"errors":[{"code","title"}]}`; none in the other three shapes, whose texts may name the customer. */
export function readErrorCodes(body: string): { code: string }[] {
  const errors = errorBody.safeParse(parseJson(body)).data?.errors ?? [];
  return errors.flatMap((error) => codedError.safeParse(error).data ?? []).slice(0, MAX_ERROR_CODES);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
