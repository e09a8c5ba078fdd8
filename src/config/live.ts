// The settings that may change while a process runs: merchants, API keys and payload keys. Their files are read again when one of them changes.
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Loaded } from './load.ts';
import type { ApiKey, LogLevel, PayloadKey } from './model.ts';

/** Whoever is given one of the collections reads it when it is needed, and keeps nothing that was in it. */
export type LiveSettings = {
  logLevel: LogLevel;
  payloadKeys: readonly PayloadKey[] | null;
  merchants?: Map<string, unknown>;
  apiKeys?: ApiKey[];
};

export type SettingsNews = {
  taken: (what: { merchants: number | undefined; api_keys: string[] | undefined; payload_keys: string[] }) => void;
  /** Nothing of what is in the files was taken. */
  refused: (mistakes: string[]) => void;
  /** What differs in the files, and is not taken before the next start. */
  needsRestart: (names: string[]) => void;
};

export type SettingsWatch = {
  /** Reads the files now, changed or not. */
  readAgain: () => void;
  stop: () => void;
};

/**
 * By size and times: files of Kubernetes change by a link to another folder, which tells no watcher of the file, and those that a container is
 * given from outside often tell nobody.
 */
const LOOK_EVERY_MS = 1_000;

export type WatchedSettings<T> = {
  settings: T;
  load: () => Loaded<T>;
  /** Paths, as they are named now. */
  files: () => readonly string[];
  /** Of `files()` before `settings` were read. */
  seen: string;
  news: SettingsNews;
  everyMs?: number;
};

/** A change is taken when the files have stayed the same from one look to the next: whoever writes several of them may be at it. */
export function watchSettings<T extends LiveSettings>({
  settings,
  load,
  files,
  seen,
  news,
  everyMs = LOOK_EVERY_MS,
}: WatchedSettings<T>): SettingsWatch {
  const ending = new AbortController();
  let read = seen;
  let last = seen;

  function readAgain(): void {
    const loaded = load();
    const mistakes = loaded.ok ? keyMistakes(settings.payloadKeys, loaded.config.payloadKeys) : loaded.mistakes;
    if (!loaded.ok || mistakes.length > 0) return news.refused(mistakes);
    const names = otherNames(settings, loaded.config);
    takeOver(settings, loaded.config);
    news.taken({
      merchants: settings.merchants?.size,
      api_keys: settings.apiKeys?.map(({ id }) => id),
      payload_keys: (settings.payloadKeys ?? []).map(({ id }) => id),
    });
    if (names.length > 0) news.needsRestart(names);
  }

  async function look(): Promise<void> {
    while (!ending.signal.aborted) {
      await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => {});
      const now = await stateOf(files());
      if (now === last && now !== read && !ending.signal.aborted) {
        read = now;
        readAgain();
      }
      last = now;
    }
  }
  void look();
  return { readAgain, stop: () => ending.abort() };
}

/** Changes with every file, also with one that comes or goes. */
export async function stateOf(paths: readonly string[]): Promise<string> {
  const states = paths.map(async (path) => {
    try {
      const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
      return [path, dev, ino, size, mtimeMs, ctimeMs].join(' ');
    } catch {
      return path;
    }
  });
  return (await Promise.all(states)).join('\n');
}

/** What would make orders unreadable at once: docs/operations.md, "Payload keys". */
function keyMistakes(before: readonly PayloadKey[] | null, after: readonly PayloadKey[] | null): string[] {
  const known = new Map((before ?? []).map((key) => [key.id, key]));
  const changed = (after ?? []).filter(({ id, key }) => known.get(id)?.key.equals(key) === false);
  const [first] = after ?? [];
  const isUnknown = before !== null && first !== undefined && !known.has(first.id);
  return [
    ...changed.map(({ id }) => `PAYLOAD_KEYS: the key ${id} is another one under the same id.`),
    ...(isUnknown
      ? [
          `PAYLOAD_KEYS: the first key, ${first.id}, is new: put it behind the others first, so that every process can read with it.`,
        ]
      : []),
  ];
}

/** All at once: nothing else runs in between. Where encryption is off, or was, the keys stay. */
function takeOver(current: LiveSettings, { merchants, apiKeys, payloadKeys }: LiveSettings): void {
  if (current.payloadKeys !== null && payloadKeys !== null) replace(current.payloadKeys as PayloadKey[], payloadKeys);
  if (current.apiKeys !== undefined && apiKeys !== undefined) replace(current.apiKeys, apiKeys);
  if (current.merchants === undefined || merchants === undefined) return;
  current.merchants.clear();
  for (const [id, merchant] of merchants) current.merchants.set(id, merchant);
}

function replace<T>(current: T[], next: readonly T[]): void {
  current.splice(0, current.length, ...next);
}

/** Of everything else that differs. */
function otherNames(current: LiveSettings, next: LiveSettings): string[] {
  const fixed = (settings: LiveSettings): Map<string, unknown> => {
    const values = { ...settings, merchants: null, apiKeys: null, payloadKeys: settings.payloadKeys !== null };
    return new Map(Object.entries(values));
  };
  const after = fixed(next);
  return [...fixed(current)]
    .filter(([name, value]) => !isDeepStrictEqual(value, after.get(name)))
    .map(([name]) => name);
}
