// Orders, times and errors as a terminal and the desk show them.
import type { Order } from '../order/order.ts';
import { openAttention } from '../order/order.ts';
import { allowedActions } from '../order/refusal.ts';
import type { OrderView } from '../order/view.ts';
import { orderView } from '../order/view.ts';
import { grpcStatus } from '../temporal/grpc-status.ts';
import { troubleOf } from '../temporal/trouble.ts';
import { PayloadUnreadableError } from '../temporal/seal.ts';
import {
  NoWorkerError,
  OrderPausedError,
  OrderRefusal,
  OrderStuckError,
  TemporalUnavailableError,
  TooManyAtOnceError,
} from '../gateway/errors.ts';

/** The order as the API shows it, and what an operator may answer now. */
export type OrderJson = OrderView & { allowed: string[] };

export function orderJson(order: Order): OrderJson {
  return { ...orderView(order), allowed: allowedActions(order) };
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => Array.from(row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - Array.from(cell).length))
      .join('  ')
      .trimEnd(),
  );
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** `3 h`: how long ago. */
export function age(at: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(at)) / 1_000));
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? UNITS[3];
  return `${Math.floor(seconds / length)} ${unit}`;
}

const LOCAL = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });
const ZONE = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' });

/** The zone of this machine, as the head of a column. */
export function zone(): string {
  return ZONE.formatToParts(new Date()).find(({ type }) => type === 'timeZoneName')?.value ?? 'local';
}

export function local(at: string): string {
  return LOCAL.format(new Date(at));
}

/** The same moment in UTC, without the day: the local time beside it has that. */
export function utc(at: string): string {
  return at.slice(11, 19) + 'Z';
}

type Priced = { total_with_tax: number; currency: string };

/** `3 orders, 750.00 EUR`. */
export function countAndMoney(orders: readonly Priced[]): string {
  return [`${orders.length} order${orders.length === 1 ? '' : 's'}`, ...moneyOf(orders)].join(', ');
}

/** `750.00 EUR`: each currency by itself. */
export function moneyOf(orders: readonly Priced[]): string[] {
  const sums = Map.groupBy(orders, ({ currency }) => currency);
  return [...sums].map(([currency, its]) => {
    const cents = its.reduce((sum, { total_with_tax: total }) => sum + total, 0);
    return `${(cents / 100).toLocaleString('en-GB', { minimumFractionDigits: 2 })} ${currency}`;
  });
}

export function asks(order: Order): string {
  const open = openAttention(order);
  return open === null ? '' : `${open.reason} (${age(open.since)})`;
}

/** An error in a sentence, without what only a developer reads. */
export function errorInWords(error: unknown): string {
  if (error instanceof OrderRefusal)
    return error.other === null ? error.message : `${error.message} It is ${error.other}.`;
  if (error instanceof NoWorkerError)
    return 'No worker took it in time. It is carried out once one runs; the same command again does it only once.';
  if (error instanceof OrderPausedError)
    return 'Its workflow is paused in Temporal: unpause it, or resolve with retry.';
  if (error instanceof OrderStuckError)
    return 'No worker can carry this order on: its history does not fit their code. It may still be carried out.';
  const trouble = troubleOf(error);
  if (trouble !== null) return trouble.sentence;
  if (error instanceof PayloadUnreadableError) return `No payload key of PAYLOAD_KEYS can read it: ${error.message}.`;
  if (error instanceof TooManyAtOnceError || error instanceof TemporalUnavailableError || grpcStatus(error) !== null)
    return `Temporal does not answer (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE): ${reasonOf(error)}. Try \`temporal orders doctor\`.`;
  return error instanceof Error ? error.message : String(error);
}

/** The innermost reason, without what only a developer reads. */
export function reasonOf(error: unknown): string {
  const trouble = troubleOf(error);
  if (trouble !== null) return trouble.sentence;
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const [line = ''] = error.message.split('\n');
  return line
    .replace(/^\d+ [A-Z_]+: /, '')
    .replace(/ Resolution note:.*$/, '')
    .replace(/\.$/, '');
}
