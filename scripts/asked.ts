// What a part of the program reads from the environment, found out by letting it read.
import type { Env, Reader } from '../src/config/variables.ts';

export type Asked = {
  name: string;
  /** What it takes, in words. */
  rule: string;
  /** What stands for it where it is not set. */
  fallback: unknown;
  required: boolean;
  /** Whether it may be given as NAME_FILE. */
  asFile: boolean;
  isSecret: boolean;
};

type Answer = (name: string, fallback: unknown) => unknown;

/** In the order in which they are read. `answer`: what the reader is given for each; left out: as if nothing were set. */
export function askedBy(
  read: (reader: Reader, env: Env) => unknown,
  answer: Answer = (_name, fallback) => fallback,
): Asked[] {
  const asked = new Map<string, Asked>();
  const note = (setting: Asked) => void (asked.has(setting.name) || asked.set(setting.name, setting));
  const reader: Reader = {
    mistakes: [],
    attempt: (_source, work) => work(),
    read(name, { rule, isSecret = false }, fallback) {
      note({ name, rule, fallback, required: false, asFile: true, isSecret });
      return answer(name, fallback) as typeof fallback;
    },
    readRequired(name, { rule, isSecret = false }, fallback) {
      note({ name, rule, fallback, required: true, asFile: true, isSecret });
      return answer(name, fallback) as typeof fallback;
    },
    text(name, rule) {
      const required = name === 'MERCHANTS_FILE';
      note({ name, rule, fallback: null, required, asFile: false, isSecret: false });
      return null;
    },
  };
  read(reader, {});
  return [...asked.values()];
}
