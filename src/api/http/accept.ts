// `Accept`: whether the caller takes the one type that an answer has (RFC 9110, section 12.5.1).
import { parametrisedList } from './header-values.ts';

/** The most exact ranges that include the type decide. Their parameters other than `q` are ignored: our types have none. */
export function accepts(header: string | undefined, type: string): boolean {
  const ranges = parametrisedList(header ?? '');
  if (ranges.length === 0) return true;
  for (const range of [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*']) {
    const named = ranges.filter(({ value }) => value === range);
    if (named.length > 0) return named.some(({ parameters }) => Number(parameters.get('q') ?? 1) !== 0);
  }
  return false;
}
