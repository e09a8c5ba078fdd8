// Runs work in turns, so that a caller with much work delays only itself.
import { TooManyAtOnceError } from './errors.ts';

export type TurnLimits = {
  /** How much runs, of all groups together. */
  atOnce?: number;
  perGroup: number;
  /** Groups that ask at the same time share `perGroup`, and each has at least so much of it; left out: each has all of it. */
  leastPerGroup?: number;
  /** How much of a group may wait; more is refused at once. */
  waiting: number;
  /** Work that has not begun by then is refused. */
  patienceMs: number;
};

/** Runs the work when its group has its turn. Throws `TooManyAtOnceError` where it may not wait, or has waited too long. */
export type Turns = <Result>(group: string, work: () => Promise<Result>) => Promise<Result>;

type Group = { running: number; queue: Set<() => void> };

/** Who has asked within the last second or two counts as asking. */
const RECENT_MS = 1_000;

export function turns({
  atOnce = Infinity,
  perGroup,
  leastPerGroup = perGroup,
  waiting,
  patienceMs,
}: TurnLimits): Turns {
  /** In the order in which they are served next. */
  const groups = new Map<string, Group>();
  let running = 0;
  const asking = recentNames(RECENT_MS);

  function share(): number {
    return Math.max(leastPerGroup, Math.floor(perGroup / Math.max(1, asking.count())));
  }

  /** The group whose turn it is, and the next of its work. */
  function servable(): [string, Group, () => void] | undefined {
    if (running >= atOnce) return undefined;
    const ofEach = share();
    for (const [name, group] of groups) {
      const [first] = group.queue;
      if (first !== undefined && group.running < ofEach) return [name, group, first];
    }
    return undefined;
  }

  function serve(): void {
    for (let found = servable(); found !== undefined; found = servable()) {
      const [name, group, begin] = found;
      group.queue.delete(begin);
      begun(name, group);
      begin();
    }
  }

  /** It is served last the next time. */
  function begun(name: string, group: Group): void {
    groups.delete(name);
    groups.set(name, group);
    running += 1;
    group.running += 1;
  }

  /** Resolves when it is its turn. */
  function turn(name: string, group: Group): Promise<void> {
    const isFree = group.running < share() && running < atOnce;
    // Nobody waits who could be served: work that has ended has let all of them begin.
    if (isFree && group.queue.size === 0) return Promise.resolve(begun(name, group));
    if (group.queue.size >= waiting && !isFree) throw new TooManyAtOnceError('too much is being asked at once');
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
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
    asking.note(name);
    const forget = () => {
      if (group.running === 0 && group.queue.size === 0) groups.delete(name);
    };
    try {
      await turn(name, group);
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

/** Counts the names that were noted within the last period, or in the one before. */
function recentNames(periodMs: number): { note: (name: string) => void; count: () => number } {
  let before = new Set<string>();
  let now = new Set<string>();
  let sinceMs = performance.now();

  function pass(): void {
    const periods = Math.floor((performance.now() - sinceMs) / periodMs);
    if (periods === 0) return;
    before = periods === 1 ? now : new Set();
    now = new Set();
    sinceMs += periods * periodMs;
  }

  return {
    note(name) {
      pass();
      now.add(name);
    },
    count() {
      pass();
      return Math.max(before.size, now.size);
    },
  };
}
