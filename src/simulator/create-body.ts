// The body of seQura's create. Which fields it requires is not documented: here those that identify and price the order are required.
import { z } from 'zod';

const text = z.string().regex(/\S/u).max(255);

const cartItem = z.looseObject({
  reference: text,
  name: text,
  price_with_tax: z.int().min(0),
  quantity: z.int().min(1),
  type: z
    .string()
    .refine((type) => type !== 'subscription', 'subscription items are not for this API')
    .optional(),
});

export const createBody = z
  .looseObject({
    merchant: z.looseObject({ id: text, store_ref: text }),
    operator_ref: z.string().max(255).optional(),
    reference: z.string().min(1).max(255),
    mobile_phone: z.string().regex(/^\+?[0-9][0-9 ]{5,19}$/u),
    given_names: text,
    surnames: text,
    date_of_birth: z.iso.date().optional(),
    nin: text,
    address: z.string().max(255).optional(),
    postal_code: z.string().max(255).optional(),
    city: z.string().max(255).optional(),
    cart_items: z.array(cartItem).min(1),
  })
  .refine((body) => body.cart_items.some((item) => item.price_with_tax > 0), { path: ['cart_items'] });

export type CreateBody = z.output<typeof createBody>;

export const smsBody = z.looseObject({ mobile_phone: createBody.shape.mobile_phone.optional() });

/** The reference in a body, whatever else is wrong with it: the ledger files refused calls under it. */
export function referenceIn(body: unknown): string | null {
  const named = z.looseObject({ reference: z.string() }).safeParse(body);
  return named.success ? named.data.reference : null;
}
