// Numbers of personal documents: the form is always checked, the check character as strictly as the merchant wants.
import * as dni from 'stdnum/lib/cjs/es/dni.js';
import * as nie from 'stdnum/lib/cjs/es/nie.js';
import * as spi from 'stdnum/lib/cjs/fr/nif.js';
import * as nir from 'stdnum/lib/cjs/fr/nir.js';
import * as codiceFiscale from 'stdnum/lib/cjs/it/codicefiscale.js';
import * as cartaoDeCidadao from 'stdnum/lib/cjs/pt/cc.js';
import * as nif from 'stdnum/lib/cjs/pt/nif.js';
import type { Country, Merchant } from '../../config/model.ts';
import { bare } from '../../order/tidy.ts';
import type { FieldMistake } from '../http/validation.ts';

type Document = { form: RegExp; validate: (number: string) => { isValid: boolean } };

// We check the form ourselves: stdnum reports a digit in the place of a check letter as a wrong checksum.
const DOCUMENTS: Record<Country, Document[]> = {
  ES: [
    { form: /^[\dKLM]\d{7}[A-Z]$/, validate: dni.validate },
    { form: /^[XYZ]\d{7}[A-Z]$/, validate: nie.validate },
  ],
  FR: [
    { form: /^\d{5}(?:\d{2}|2[AB])\d{8}$/, validate: nir.validate },
    { form: /^[0-3]\d{12}$/, validate: spi.validate },
  ],
  IT: [
    {
      form: /^[A-Z]{6}[\dL-NP-V]{2}[ABCDEHLMPRST][\dL-NP-V]{2}[A-Z][\dL-NP-V]{3}[A-Z]$/,
      validate: codiceFiscale.validate,
    },
  ],
  PT: [
    { form: /^[1-9]\d{8}$/, validate: nif.validate },
    { form: /^\d{9}[A-Z\d]{2}\d$/, validate: cartaoDeCidadao.validate },
  ],
};

/**
 * The number as registers write it. In Spain: a DNI that lost its leading zero gets it back where the check letter proves that, and the
 * eight digits of a NIE of before 2008 become seven.
 */
export function canonicalNin(country: Country, nin: string): string {
  // Only a to z change case: `toUpperCase` would make an S of `ſ` and SS of `ß`.
  const number = bare(nin).replaceAll(/[a-z]/g, (letter) => letter.toUpperCase());
  if (country !== 'ES') return number;
  if (/^\d{7}[A-Z]$/.test(number) && dni.validate(`0${number}`).isValid) return `0${number}`;
  return number.replace(/^X0(?=\d{7}[A-Z]$)/, 'X');
}

/** What is wrong with a document number, however it is written. */
export function ninError(country: Country, nin: string): 'form' | 'checksum' | null {
  const number = canonicalNin(country, nin);
  const documents = DOCUMENTS[country].filter(({ form }) => form.test(number));
  if (documents.length === 0) return 'form';
  return documents.some(({ validate }) => validate(number).isValid) ? null : 'checksum';
}

/** The mistake that a merchant with this setting reports for the number. */
export function ninMistake(country: Country, checksum: Merchant['ninChecksum'], nin: string): FieldMistake | null {
  const mistake = ninError(country, nin);
  if (mistake === 'form') return { code: 'invalid_nin' };
  return mistake === 'checksum' && checksum === 'reject' ? { code: 'invalid_nin_checksum' } : null;
}
