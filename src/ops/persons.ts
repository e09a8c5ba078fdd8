// How an order may have the phone or document number of a person: each country writes them in its own way.
import { canonicalNin } from '../api/fields/nin.ts';
import { mobileNumber } from '../api/fields/phone.ts';
import type { Country } from '../config/model.ts';

export const COUNTRIES: readonly Country[] = ['ES', 'FR', 'IT', 'PT'];

/** None where it is no mobile number in any country. */
export function phoneSpellings(given: string): string[] {
  const numbers = [null, ...COUNTRIES].map((country) => mobileNumber(given, country));
  return [...new Set(numbers.filter((number) => number !== null))];
}

export function documentSpellings(document: string): string[] {
  return [...new Set(COUNTRIES.map((country) => canonicalNin(country, document)))];
}
