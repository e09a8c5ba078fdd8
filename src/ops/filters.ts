// The options by which commands choose orders.
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { mobileNumber } from '../api/fields/phone.ts';
import type { Country } from '../config/model.ts';
import type { Search } from '../gateway/order-query.ts';
import type { AttentionReason, OrderStatus } from '../order/status.ts';
import { ATTENTION_REASONS, ORDER_STATUSES } from '../order/status.ts';
import { EXIT, Told } from './here.ts';
import { COUNTRIES, documentSpellings } from './persons.ts';

export type Filters = {
  status?: OrderStatus;
  attention?: true | AttentionReason;
  merchant?: string;
  store?: string;
  reference?: string;
  number?: string;
  olderThan?: number;
  newerThan?: number;
  pastDeadline?: true;
  stuck?: true;
  phone?: string;
  document?: string;
  country?: Country;
};

export function withFilters(command: Command): Command {
  return command
    .addOption(new Option('-s, --status <status>', 'with this status').choices(ORDER_STATUSES))
    .addOption(
      new Option('-a, --attention [reason]', 'that ask a human, for this reason or any').choices(ATTENTION_REASONS),
    )
    .option('-m, --merchant <id>', 'of this merchant')
    .option('--store <ref>', 'of this store')
    .option('--reference <text>', 'with this reference')
    .option('--number <id>', 'with this number of seQura’s')
    .option('--older-than <time>', 'placed longer ago: 30m, 6h, 2d', duration)
    .option('--newer-than <time>', 'placed since', duration)
    .option('--past-deadline', 'still waiting for their customer after the deadline')
    .option('--stuck', 'that no worker can carry on')
    .option('--phone <number>', 'placed with this phone: with its prefix, or with --country')
    .option('--document <number>', 'placed with this document number')
    .addOption(new Option('--country <code>', 'of --phone without a prefix').choices(COUNTRIES));
}

/** Throws where a number is none. */
export function searchOf(filters: Filters): Search {
  const { status, attention, merchant, store, reference, number, olderThan, newerThan } = filters;
  return {
    status,
    attention,
    merchantIds: merchant === undefined ? undefined : [merchant],
    storeRef: store,
    reference,
    sequraOrderId: number,
    before: ago(olderThan),
    after: ago(newerThan),
    pastDeadlineAt: filters.pastDeadline === true ? ago(0) : undefined,
    stuck: filters.stuck,
    person: personOf(filters),
  };
}

function ago(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(Date.now() - ms).toISOString();
}

function personOf({ phone, document, country }: Filters): Search['person'] {
  if (phone !== undefined && document !== undefined)
    throw new Told('One of --phone and --document, not both.', EXIT.usage);
  if (document !== undefined) return { what: 'document', values: documentSpellings(document) };
  if (phone === undefined) return undefined;
  const number = mobileNumber(phone, country ?? null);
  if (number !== null) return { what: 'phone', values: [number] };
  throw new Told('--phone is no mobile number: with its prefix, as in +34…, or with --country.', EXIT.usage);
}

const MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function duration(given: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(given) ?? [];
  const ms = MS[unit];
  if (count === undefined || ms === undefined) throw new InvalidArgumentError('It is written as 45s, 30m, 6h or 2d.');
  return Number(count) * ms;
}

/** Whether any option chooses. */
export function isChosen(filters: Filters): boolean {
  const { status, attention, merchant, store, reference, number, olderThan, newerThan, phone, document } = filters;
  const given = [status, attention, merchant, store, reference, number, olderThan, newerThan, phone, document];
  return given.some((one) => one !== undefined) || filters.pastDeadline === true || filters.stuck === true;
}
