// Values of headers, read in one pass over the text: a regular expression might backtrack.

/** The parts between separators, trimmed. A separator inside a quoted string does not count; an unclosed string goes to the end. */
export function splitUnquoted(text: string, separator: ',' | ';' | '='): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') quoted = !quoted;
    else if (quoted && character === '\\') at += 1;
    else if (!quoted && character === separator) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}

/** The content of a quoted string; any other value as it is. */
export function unquoted(value: string): string {
  const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
  return isQuoted ? value.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : value;
}

export type Parametrised = { value: string; parameters: ReadonlyMap<string, string> };

/** Reads `value; name=value; name="value"`: the first value and the names in lower case. Of a repeated parameter the first counts. */
export function parametrised(text: string): Parametrised {
  const [value = '', ...rest] = splitUnquoted(text, ';');
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const [name = '', ...given] = splitUnquoted(parameter, '=');
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), unquoted(given.join('=')));
  }
  return { value: value.toLowerCase(), parameters };
}

/** A comma-separated list of such values. */
export function parametrisedList(text: string): Parametrised[] {
  return splitUnquoted(text, ',')
    .filter((part) => part !== '')
    .map(parametrised);
}
