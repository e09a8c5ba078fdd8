// Reads variables one by one, from themselves or from the file that NAME_FILE names, and collects what is wrong with them.
import { readFileSync } from 'node:fs';
import { Mistake } from './mistake.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Turns the text of a setting into its value; throws `Mistake`. `rule` says in words what it takes. */
export type Parser<T> = ((text: string) => T) & { rule: string; isSecret?: true };

export type Reader = {
  mistakes: string[];
  /** Notes a `Mistake` under the name it belongs to, and gives null in its place. */
  attempt: <T>(source: string, work: () => T) => T | null;
  /** `fallback` stands for a variable that is not set, and for a wrong one: then the program does not start. */
  read: <T>(name: string, parse: Parser<T>, fallback: T) => T;
  /** As `read`, but it must be set. */
  readRequired: <T>(name: string, parse: Parser<T>, fallback: T) => T;
  /** The text of a variable that may not be given as NAME_FILE; null where it is not set. */
  text: (name: string, rule: string) => string | null;
};

export function createReader(env: Env): Reader {
  const mistakes: string[] = [];

  function attempt<T>(source: string, work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      mistakes.push(`${source}: ${error.message}`);
      return null;
    }
  }

  function parseVariable<T>(name: string, parse: Parser<T>, fallback: T, otherwise: () => T): T {
    const { source, text } = variable(env, name);
    return (
      attempt(source, () => {
        const given = text();
        return { value: given === null ? otherwise() : parse(given) };
      }) ?? { value: fallback }
    ).value;
  }

  return {
    mistakes,
    attempt,
    read: (name, parse, fallback) => parseVariable(name, parse, fallback, () => fallback),
    readRequired: (name, parse, fallback) =>
      parseVariable(name, parse, fallback, () => {
        throw new Mistake('is required and not set.');
      }),
    text: (name) => tidyValue(env[name] ?? '') || null,
  };
}

/** The name under which a variable is set, and its text: null where it is not set. An empty variable counts as not set. */
export function variable(env: Env, name: string): { source: string; text: () => string | null } {
  const direct = tidyValue(env[name] ?? '') || null;
  const path = tidyValue(env[`${name}_FILE`] ?? '') || null;
  if (path === null) return { source: name, text: () => direct };
  return {
    source: `${name}_FILE`,
    text() {
      if (direct !== null) throw new Mistake(`is set together with ${name}; only one of the two may be.`);
      return fileText(path);
    },
  };
}

/** Without what editors, shells and secret stores leave around a value: a byte order mark, line ends. Blanks are left, for the checks to name. */
export function tidyValue(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/^[\r\n]+/, '')
    .replace(/(?<![\r\n])[\r\n]+$/, '');
}

/** The content of a file in UTF-8. */
export function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    throw new Mistake('names a file that cannot be read.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Mistake('names a file that is not a text in UTF-8.');
  }
}

/** The value in a file that has nothing else. */
export function fileText(path: string): string {
  const text = tidyValue(readText(path));
  if (text === '') throw new Mistake('names an empty file.');
  return text;
}
