// The file of changes: what `temporal orders apply` reads, and what is written of those that failed, column by column the same.
import { mobileNumber } from '../api/fields/phone.ts';
import { parseOrderId } from '../order/ids.ts';
import type { Done } from './carry-out.ts';
import type { Change } from './change.ts';
import { ACTIONS, askedIn, askedText } from './change.ts';
import type { Row } from './csv.ts';
import { writeCsv } from './write-csv.ts';

const COLUMNS = ['merchant', 'reference', 'action', 'sequra_order_id', 'phone', 'asked', 'reason'] as const;

/** The phones in it are customers’. */
export function failedCsv(failed: readonly Done[]): string {
  const rows = failed.map(({ id, action, number = '', phone = '', asked, what }) => {
    const named = parseOrderId(id);
    return [named?.merchantId ?? '', named?.reference ?? id, action, number, phone, askedText(asked), what];
  });
  return writeCsv(COLUMNS, rows);
}

/** What a row asks for, of whatever order; a text: what is wrong with it. No text quotes a phone. */
export function changeOf({ cells }: Row): Omit<Change, 'id'> | string {
  const { action: given = '', sequra_order_id: number = '', phone: dialled = '', asked: seen = '' } = cells;
  const action = ACTIONS.find((known) => known === given);
  if (action === undefined) return `${given} is none of ${ACTIONS.join(', ')}`;
  const phone = action === 'resend-sms' && dialled !== '' ? mobileNumber(dialled, null) : undefined;
  if (phone === null) return 'phone is no mobile number with its prefix, as in +34…';
  const asked = askedIn(seen);
  if (asked === undefined && seen !== '') return 'asked is no reason with a time';
  return { action, number: action === 'attach' ? number || undefined : undefined, phone, asked };
}
