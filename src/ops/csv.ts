// Lists of orders as files: CSV with a head, as spreadsheets and back offices write it.
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import { isReference, orderWorkflowId, parseOrderId } from '../order/ids.ts';
import { EXIT, Told } from './here.ts';

export type Row = { line: number; cells: Readonly<Record<string, string>> };

/** `-`: the standard input. */
export async function readFileOrStdin(path: string): Promise<string> {
  try {
    return path === '-' ? await text(process.stdin) : readFileSync(path, 'utf8');
  } catch {
    throw new Told(`${path} cannot be read.`, EXIT.usage);
  }
}

/** Commas, semicolons or tabs, whichever the head has. Throws where a column is missing. */
export function readCsv(content: string, needed: readonly string[]): Row[] {
  const [head = ''] = content.split(/\r?\n/, 1);
  const delimiter = ['\t', ';'].find((one) => head.includes(one)) ?? ',';
  const columns = (names: string[]) => names.map((name) => name.trim().toLowerCase().replaceAll(/[ -]+/g, '_'));
  try {
    const rows = parse(content, { bom: true, columns, delimiter, info: true, skip_empty_lines: true, trim: true });
    const known = Object.keys((rows[0] as { record: object } | undefined)?.record ?? {});
    const missing = rows.length === 0 ? [] : needed.filter((name) => !known.includes(name));
    if (missing.length > 0)
      throw new Told(`The file’s head lacks ${missing.join(', ')}; it has ${known.join(', ')}.`, EXIT.usage);
    return (rows as { info: { lines: number }; record: Record<string, string> }[]).map(({ info, record }) => ({
      line: info.lines,
      cells: Object.fromEntries(Object.entries(record).map(([name, cell]) => [name, unescaped(cell)])),
    }));
  } catch (error) {
    if (error instanceof Told) throw error;
    throw new Told(`The file is no CSV: ${(error as Error).message}.`, EXIT.usage);
  }
}

/** As `writeCsv` escapes it: full-width signs, too. */
function unescaped(cell: string): string {
  return /^'[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(cell) ? cell.slice(1) : cell;
}

/** The order that a row names: by its id in the column of the reference, or by merchant and reference. Null: it names none, or no merchant. */
export function idOfRow({ cells }: Row, merchantId: string | undefined): string | null {
  const reference = cells['reference'] ?? '';
  if (parseOrderId(reference) !== null) return reference;
  const merchant = cells['merchant'] || cells['merchant_id'] || merchantId;
  return merchant === undefined || !isReference(reference) ? null : orderWorkflowId(merchant, reference);
}
