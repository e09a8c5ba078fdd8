// What `JSON.parse` does not tell of a text: repeated names, depth, and the number of values.

export type JsonName = { name: string; depth: number; object: number };

/** The names in all objects of a JSON text, in one pass; `object` is a number for the object of each name. */
export function* jsonNames(json: string): Generator<JsonName> {
  const open: number[] = [];
  let objects = 0;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (character === '{' || character === '[') open.push((objects += 1));
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = endOfText(json, at);
      if (json[nextToken(json, end)] === ':') {
        yield { name: JSON.parse(json.slice(at, end)) as string, depth: open.length, object: open.at(-1) ?? 0 };
      }
      at = end - 1;
    }
  }
}

/** Whether an object, at any depth, has two fields of one name: `JSON.parse` keeps the last of them in silence. */
export function repeatsName(json: string): boolean {
  const seen = new Map<number, Set<string>>();
  for (const { name, object } of jsonNames(json)) {
    const names = seen.get(object) ?? new Set();
    if (names.has(name)) return true;
    seen.set(object, names.add(name));
  }
  return false;
}

/** Whether a text nests deeper than this, or has more values, found out before it is parsed. Characters inside strings do not count. */
export function exceeds(json: string, most: { depth: number; values: number }): 'depth' | 'values' | null {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (character === '"') at = endOfText(json, at) - 1;
    else if (character === '{' || character === '[') [depth, values] = [depth + 1, values + 1];
    else if (character === '}' || character === ']') depth -= 1;
    else if (character === ',') values += 1;
    if (depth > most.depth) return 'depth';
    if (values > most.values) return 'values';
  }
  return null;
}

/** The position behind the closing quote of the string that opens at `start`. */
function endOfText(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function nextToken(json: string, from: number): number {
  let at = from;
  while (json[at] === ' ' || json[at] === '\t' || json[at] === '\n' || json[at] === '\r') at += 1;
  return at;
}
