// The body of `POST /v1/orders`: seQura's own, field for field (http-api.md, section 3), and one field of ours.
import { z } from 'zod';
import type { Country, Merchant } from '../../config/model.ts';
import { EXAMPLE_REQUEST } from '../../order/example.ts';
import type { OrderRequest } from '../../order/request.ts';
import { tidyIdentifier } from '../../order/tidy.ts';
import { birthDateMistake } from '../fields/birth-date.ts';
import {
  emptyMistake,
  given,
  identifier,
  optional,
  patterned,
  reference,
  text,
  wholeNumber,
} from '../fields/fields.ts';
import { canonicalNin, ninMistake } from '../fields/nin.ts';
import { mobilePhone } from '../fields/phone.ts';
import { rule } from '../http/validation.ts';
import type { BodyRules } from '../route.ts';

// 100 items of these bounds stay far below 2^53 cents.
const MAX_PRICE_CENTS = 100_000_000;
const MAX_QUANTITY = 10_000;
const MAX_ITEMS = 100;
const LONGEST_DATE = 10;

const cartItem = z.strictObject({
  reference: text(255),
  name: text(255),
  price_with_tax: wholeNumber(0, MAX_PRICE_CENTS).meta({ description: 'Of one, in cents.' }),
  quantity: wholeNumber(1, MAX_QUANTITY),
});

export function orderBody({ country, ninChecksum, clock }: BodyRules) {
  return z
    .strictObject({
      merchant: z.strictObject({
        id: text(64).meta({ description: 'One of the key’s merchants.' }),
        store_ref: text(64),
      }),
      operator_ref: text(255).meta({ description: 'Who sells; free text.' }),
      reference: reference().meta({
        description: 'The backend’s own name of the order. The same request with the same reference is one order.',
      }),
      mobile_phone: mobilePhone(country).meta({
        description: 'Of the customer, in the spelling of the merchant’s country or with its international prefix.',
      }),
      given_names: text(255),
      surnames: text(255),
      date_of_birth: given(LONGEST_DATE)
        .superRefine(rule(emptyMistake))
        .overwrite(tidyIdentifier)
        .superRefine(rule((date) => birthDateMistake(date, clock())))
        .meta({ format: 'date', description: 'Of an adult.' }),
      nin: (country === null ? identifier(64) : documentNumber(country, ninChecksum)).meta({
        description: 'The number of a personal document of the merchant’s country.',
      }),
      address: text(255),
      postal_code: patterned(
        /^(?=.*[A-Za-z0-9])[A-Za-z0-9 -]{1,16}$/,
        '1 to 16 characters: letters, digits, spaces, hyphens',
      ),
      city: text(255),
      cart_items: z
        .array(cartItem)
        .min(1)
        .max(MAX_ITEMS)
        .superRefine(
          rule((items) => (items.every(({ price_with_tax }) => price_with_tax === 0) ? { code: 'zero_total' } : null)),
        ),
      confirm_within_seconds: optional(wholeNumber(60, 2_592_000)).meta({
        description: 'How long the customer may take; otherwise as the merchant’s settings say.',
      }),
    })
    .meta({ examples: [EXAMPLE_REQUEST] });
}

function documentNumber(country: Country, ninChecksum: Merchant['ninChecksum']) {
  return identifier(64)
    .superRefine(rule((nin) => ninMistake(country, ninChecksum, nin)))
    .overwrite((nin) => canonicalNin(country, nin));
}

export type OrderBody = OrderRequest & { confirm_within_seconds?: number | undefined };
