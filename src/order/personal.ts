// The fields of payloads that hold personal data, in one table: the customer's, and `operator_ref`, which is an e-mail address in practice.
import type { OrderRequest } from './request.ts';

type PersonalField = Exclude<keyof OrderRequest, 'merchant' | 'reference' | 'cart_items'>;

const REQUEST_FIELDS: Readonly<Record<PersonalField, true>> = {
  operator_ref: true,
  mobile_phone: true,
  given_names: true,
  surnames: true,
  date_of_birth: true,
  nin: true,
  address: true,
  postal_code: true,
  city: true,
};

/** `mobilePhone`: as activities are given it. */
export const PERSONAL_FIELDS: ReadonlySet<string> = new Set([...Object.keys(REQUEST_FIELDS), 'mobilePhone']);

const HIDDEN = '•••';

/** The same JSON with its personal data hidden, at any depth. Throws where it is no JSON. */
export function withoutPersonalData(json: string): string {
  return JSON.stringify(JSON.parse(json), (name, value: unknown) =>
    PERSONAL_FIELDS.has(name) && value !== null ? HIDDEN : value,
  );
}
