// `npm run orders:find -- --phone NUMBER` or `--document NUMBER`: the orders of a person. In an image: `node dist/ops/find-orders.js`.
import { parseArgs } from 'node:util';
import type { Client } from '@temporalio/client';
import { canonicalNin } from '../api/fields/nin.ts';
import { mobileNumber } from '../api/fields/phone.ts';
import { isMain } from '../config/is-main.ts';
import { configOrExit, loadStoreConfig } from '../config/load.ts';
import type { Country, PayloadKey } from '../config/model.ts';
import { ordersOf } from '../gateway/find-by-person.ts';
import type { PersonalValue } from '../order/search-attributes.ts';
import { createClient } from '../temporal/connection.ts';

const COUNTRIES: readonly Country[] = ['ES', 'FR', 'IT', 'PT'];

const USAGE = `usage: npm run orders:find -- --phone NUMBER [--country ${COUNTRIES.join('|')}]
       npm run orders:find -- --document NUMBER
  --phone NUMBER     the phone with which the order was placed: with its prefix, or with --country
  --document NUMBER  the number of the customer's document
A line for each order: id, status, attention, merchant. Settings: those of Temporal, and PAYLOAD_KEYS (docs/reference/settings.md).`;

const OPTIONS = { phone: { type: 'string' }, document: { type: 'string' }, country: { type: 'string' } } as const;

type Wanted = { what: PersonalValue; values: string[] };

/** Throws where the options name no number, or two. */
export function wanted(args: readonly string[]): Wanted {
  const { phone, document, country: code } = parseArgs({ args: [...args], options: OPTIONS }).values;
  const country = COUNTRIES.find((known) => known === code) ?? null;
  if (code !== undefined && country === null) throw new Error(`--country has to be one of ${COUNTRIES.join(', ')}.`);
  if ((phone === undefined) === (document === undefined)) throw new Error('One of --phone and --document is needed.');
  if (phone === undefined) return { what: 'document', values: spellings(document ?? '') };
  const number = mobileNumber(phone, country);
  if (number === null) throw new Error('--phone is no mobile number: with its prefix, as in +34…, or with --country.');
  return { what: 'phone', values: [number] };
}

/** A document number as an order may have it: each country writes it in its own way. */
function spellings(document: string): string[] {
  return [...new Set(COUNTRIES.map((country) => canonicalNin(country, document)))];
}

export async function run(
  client: Client,
  payloadKeys: readonly PayloadKey[] | null,
  { what, values }: Wanted,
  write: (line: string) => void,
): Promise<void> {
  for await (const { id, order } of ordersOf(client, payloadKeys, what, values)) {
    const columns = order === null ? ['unreadable'] : [order.status, order.attention?.reason ?? '', order.merchant_id];
    write([id, ...columns].join('\t'));
  }
}

if (isMain(import.meta)) {
  try {
    const asked = wanted(process.argv.slice(2));
    const store = configOrExit(loadStoreConfig);
    await run(createClient(store), store.payloadKeys, asked, (line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    process.exitCode = 1;
  }
}
