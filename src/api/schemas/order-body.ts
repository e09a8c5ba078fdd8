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
  reference: text(255).meta({ description: 'The shop’s own number of the article.' }),
  name: text(255).meta({ description: 'As the customer sees it.' }),
  price_with_tax: wholeNumber(0, MAX_PRICE_CENTS).meta({
    description: 'Of one, taxes included, in cents: 25000 is 250.00 EUR.',
  }),
  quantity: wholeNumber(1, MAX_QUANTITY).meta({ description: 'How many are sold.' }),
});

export function orderBody({ country, ninChecksum, clock }: BodyRules) {
  return z
    .strictObject({
      merchant: z.strictObject({
        id: text(64).meta({ description: 'One of the key’s merchants.' }),
        store_ref: text(64).meta({ description: 'The shop’s own mark of the store where it is sold.' }),
      }),
      operator_ref: text(255).meta({ description: 'Who sells; free text.' }),
      reference: reference().meta({
        description:
          'The backend’s own name of the order. The same request with the same reference is one order. Percent-encoded in the order’s id it counts towards the 255 characters that Temporal keeps of one: ASCII letters and digits always fit.',
      }),
      mobile_phone: mobilePhone(country).meta({
        description: 'Of the customer, in the spelling of the merchant’s country or with its international prefix.',
      }),
      given_names: text(255).meta({ description: 'Of the customer, as in the document.' }),
      surnames: text(255).meta({ description: 'Of the customer, as in the document.' }),
      date_of_birth: given(LONGEST_DATE)
        .superRefine(rule(emptyMistake))
        .overwrite(tidyIdentifier)
        .superRefine(rule((date) => birthDateMistake(date, clock())))
        .meta({
          format: 'date',
          maxLength: LONGEST_DATE,
          description: 'Of the customer, who is 18 or older: YYYY-MM-DD.',
        }),
      nin: (country === null ? identifier(64) : documentNumber(country, ninChecksum)).meta({
        format: 'document-number',
        description:
          'The number of a personal document of the merchant’s country: in Spain a DNI or NIE, in France an NIR or SPI, in Italy a codice fiscale, in Portugal a NIF or cartão de cidadão.',
      }),
      address: text(255).meta({ description: 'Street and number where the customer lives.' }),
      postal_code: patterned(
        /^(?=.*[A-Za-z0-9])[A-Za-z0-9 -]{1,16}$/,
        '1 to 16 characters: letters, digits, spaces, hyphens',
      ).meta({ description: 'Text, so that leading zeros stay.' }),
      city: text(255).meta({ description: 'Where the customer lives.' }),
      cart_items: z
        .array(cartItem)
        .min(1)
        .max(MAX_ITEMS)
        .superRefine(
          rule((items) => (items.every(({ price_with_tax }) => price_with_tax === 0) ? { code: 'zero_total' } : null)),
        )
        .meta({
          description: 'What is sold; the total is more than 0.',
          contains: { properties: { price_with_tax: { minimum: 1 } } },
        }),
      confirm_within_seconds: optional(wholeNumber(60, 2_592_000)).meta({
        description:
          'For how many seconds the customer may sign, from when seQura has the order; otherwise as the merchant’s settings say.',
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
