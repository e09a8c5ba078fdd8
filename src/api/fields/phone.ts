// Mobile numbers: read as people of the merchant's country write them, and kept as E.164.
import parsePhoneNumber from 'libphonenumber-js/max';
import { z } from 'zod';
import type { Country } from '../../config/model.ts';
import { tidyPhone } from '../../order/tidy.ts';
import { emptyMistake, given } from './fields.ts';

/** Some countries' plans do not tell mobiles from landlines: such numbers are accepted. */
const TAKES_SMS: ReadonlySet<string | undefined> = new Set(['MOBILE', 'FIXED_LINE_OR_MOBILE']);

/** With prefix, blanks and brackets. */
const LONGEST_NUMBER = 64;

/** The number as E.164, or null where it is no mobile number. Without a country it must have its international prefix. */
export function mobileNumber(text: string, country: Country | null): string | null {
  const options = country === null ? { extract: false } : { defaultCountry: country, extract: false };
  const phone = parsePhoneNumber(tidyPhone(text), options);
  if (phone === undefined || phone.ext !== undefined || !phone.isValid()) return null;
  return TAKES_SMS.has(phone.getType()) ? phone.number : null;
}

export function mobilePhone(country: Country | null) {
  return given(LONGEST_NUMBER)
    .transform((text, context) => {
      const number = mobileNumber(text, country);
      if (number !== null) return number;
      context.addIssue({ code: 'custom', params: emptyMistake(text) ?? { code: 'invalid_phone' } });
      return z.NEVER;
    })
    .meta({ format: 'mobile-phone', minLength: 1, maxLength: LONGEST_NUMBER, examples: ['+34666123456'] });
}
