// Runs work in turns, so that a caller with much work delays only itself.
import { TooManyAtOnceError } from './errors.ts';

export type TurnLimits = {
  /** How much runs, of all groups together. */
  atOnce?: number;
  perGroup: number;
  /** How much of a group may wait; more is refused at once. */
  waiting: number;
  /** Work that has not begun by then is refused. */
  patienceMs: number;
};

/** Runs the work when its group has its turn. Throws `TooManyAtOnceError` where it may not wait, or has waited too long. */
export type Turns = <Result>(group: string, work: () => Promise<Result>) => Promise<Result>;

type Group = { running: number; queue: Set<() => void> };

export function turns({ atOnce = Infinity, perGroup, waiting, patienceMs }: TurnLimits): Turns {
  /** In the order in which they are served next. */
  const groups = new Map<string, Group>();
  let running = 0;

  function servable(): [string, Group] | undefined {
    if (running >= atOnce) return undefined;
    return [...groups].find(([, group]) => group.queue.size > 0 && group.running < perGroup);
  }

  function serve(): void {
    for (let found = servable(); found !== undefined; found = servable()) {
      const [name, group] = found;
      groups.delete(name);
      groups.set(name, group);
      const [first] = group.queue;
      if (first === undefined) return;
      group.queue.delete(first);
      first();
    }
  }

  /** Resolves when it is its turn. */
  function turn(group: Group): Promise<void> {
    if (group.queue.size >= waiting && (group.running >= perGroup || running >= atOnce))
      throw new TooManyAtOnceError('too much is being asked at once');
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        running += 1;
        group.running += 1;
        resolve();
      };
      const timer = setTimeout(() => {
        group.queue.delete(begin);
        reject(new TooManyAtOnceError('its turn did not come in time'));
      }, patienceMs);
      group.queue.add(begin);
      serve();
    });
  }

  return async (name, work) => {
    const group = groups.get(name) ?? { running: 0, queue: new Set() };
    groups.set(name, group);
    const forget = () => {
      if (group.running === 0 && group.queue.size === 0) groups.delete(name);
    };
    try {
      await turn(group);
    } catch (error) {
      forget();
      throw error;
    }
    try {
      return await work();
    } finally {
      running -= 1;
      group.running -= 1;
      forget();
      serve();
    }
  };
}
