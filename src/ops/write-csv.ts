// Writes lists of orders as files.
import { stringify } from 'csv-stringify/sync';

/** Text that a spreadsheet would take for a formula is written with a quote before it. */
export function writeCsv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return stringify([columns, ...rows], { escape_formulas: true });
}
