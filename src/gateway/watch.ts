// Watches orders that somebody waits for: one watcher for each order, however many wait, and a long poll for its changes.
import { setImmediate as pause, setTimeout as sleep } from 'node:timers/promises';
import { parseOrderId } from '../order/ids.ts';
import type { OrderView } from '../order/view.ts';
import { TemporalUnavailableError } from './errors.ts';
import type { Poll, Polled, PollToken } from '../temporal/follow-history.ts';
import { createNoted } from './noted.ts';
import { pollRests } from './poll-rests.ts';
import { pollSlots } from './poll-slots.ts';
import type { Seen } from './seen.ts';
import { after, isLater, seenBehind, viewOf } from './seen.ts';

export type Watching = {
  /**
   * The order, read after this was called, and then each time it may have changed; null: there is none. Whoever has a state of it (`note`) gets
   * only what follows that one. Nobody is ever shown a state older than one before. What changes while the reader is busy is merged, the last is
   * always there. Ends when `signal` aborts. Throws `TemporalUnavailableError` in an outage that lasts. `endsAtMs`: the Unix time at which the wait is over;
   * left out: nobody knows.
   */
  changes(id: string, signal: AbortSignal, known?: OrderView, endsAtMs?: number): AsyncGenerator<OrderView | null>;
  /** The order as it was just read, or as its long poll has told of it; null where nothing of it is known. For whoever has this state, and waits. */
  latest(id: string): OrderView | null;
  /** An order that was just read, or started: whoever waits for it next most often has this state. */
  note(seen: Seen): OrderView;
  /** A webhook has just reached this order: where its poll rests, it rests from now on as before any news. */
  newsIsDue(id: string): void;
  /** A command has just reached this order, which has published what that changes at once: it is polled, or looked at, now. */
  newsIsThere(id: string): void;
  counts: () => { watched: number; followed: number };
};

export type WatchingOptions = {
  read: (id: string) => Promise<Seen | null>;
  poll: Poll;
  mostFollowed?: number;
  lingerMs?: number;
};

const MOST_FOLLOWED = 250;
/** For an order that is not followed: nothing carries it on, or there are too many. Where nothing happens, as seldom as a long poll. */
const FIRST_LOOK_MS = 500;
const LONGEST_LOOK_MS = 20_000;
/** So that all looks together are at most 100 a second, beside those of newcomers and for commands. */
const LOOK_MS_PER_ORDER = 10;
/** Between two looks, so that newcomers share one. */
const LOOK_GAP_MS = 50;
/** How long to wait before a next run is followed, and (second value) after a poll failed. */
const PAUSE_AFTER_RUN_MS = 100;
const PAUSE_AFTER_FAILURE_MS = 1_000;
/** Listeners do not notice an outage that is shorter. */
const PATIENCE_MS = 3_500;
/** So long an order is followed after its last listener has left, and what was read of it is kept: most come again at once. */
const LINGER_MS = 2_000;
/** From so long before the end of a wait its order's polls rest little: what is published until then is told. */
const BEFORE_END = { ms: 250, restMs: 20 };
/** Listeners of one order are woken so many at a time, with other work in between. */
const WOKEN_AT_ONCE = 25;

type Listener = {
  /** It is shown what a look finds that began after this one; null: it has been shown something, and what follows that is for it. */
  since: number | null;
  /** What it was shown last, or came with. */
  has: Watcher['view'];
  news: { order: OrderView | null } | null;
  failure: unknown;
  endsAtMs: number;
  wake: () => void;
};
/** The rest of a long poll. */
type Resting = {
  end: () => void;
  /** It lasts as before any news. */
  newsIsDue: () => void;
  /** Somebody waits until this Unix time. */
  waitEndsAt: (endsAtMs: number) => void;
};
type Watcher = {
  id: string;
  listeners: Set<Listener>;
  /** How many looks have begun. */
  looks: number;
  rung: boolean;
  wake: () => void;
  /** A webhook has reached it, and no poll has begun since. */
  isNewsDue: boolean;
  /** A command has reached it, and no poll has begun since, or brought news. */
  isNewsThere: boolean;
  /** Null unless its long poll rests. */
  resting: Resting | null;
  seen: Seen | null;
  /** Undefined before the first look. */
  view: OrderView | null | undefined;
  heardAtMs: number;
  /** The run that is being followed. */
  following: { runId: string; stop: () => void } | null;
  followAgainAtMs: number;
  lingering: NodeJS.Timeout | undefined;
};

export function watchOrders({
  read,
  poll,
  mostFollowed = MOST_FOLLOWED,
  lingerMs = LINGER_MS,
}: WatchingOptions): Watching {
  const watchers = new Map<string, Watcher>();
  /** Without a listener; the one that has been so for longest is first. */
  const lingering = new Set<Watcher>();
  const slots = pollSlots(mostFollowed);
  const rests = pollRests();
  const noted = createNoted(lingerMs);

  function ring(watcher: Watcher): void {
    watcher.rung = true;
    watcher.wake();
  }

  function join(id: string, listener: Listener, known: OrderView | undefined): Watcher {
    const watcher = watchers.get(id) ?? newWatcher(id);
    noted.delete(id);
    lingering.delete(watcher);
    clearTimeout(watcher.lingering);
    watcher.listeners.add(listener);
    watcher.resting?.waitEndsAt(listener.endsAtMs);
    const seen = known && seenBehind(known);
    if (seen !== undefined && (watcher.view === undefined || isLater(seen, watcher.seen))) {
      listener.since = null;
      show(watcher, seen, known);
      listener.has = watcher.view;
      void tell(watcher, null);
      follow(watcher);
    } else ring(watcher);
    if (!isOpen(watcher)) {
      watchers.set(id, watcher);
      void watch(watcher);
    }
    return watcher;
  }

  function leave(watcher: Watcher, listener: Listener): void {
    watcher.listeners.delete(listener);
    if (watcher.listeners.size > 0 || !isOpen(watcher)) return;
    if (watcher.following === null) return end(watcher);
    lingering.add(watcher);
    watcher.lingering = setTimeout(() => end(watcher), lingerMs);
  }

  function end(watcher: Watcher): void {
    watcher.listeners.clear();
    lingering.delete(watcher);
    clearTimeout(watcher.lingering);
    if (isOpen(watcher)) watchers.delete(watcher.id);
    watcher.following?.stop();
    watcher.wake();
  }

  function isOpen(watcher: Watcher): boolean {
    return watchers.get(watcher.id) === watcher;
  }

  async function watch(watcher: Watcher): Promise<void> {
    let isDue = watcher.rung;
    let looksInVain = 0;
    let failingSinceMs: number | null = null;
    while (isOpen(watcher)) {
      if (isDue && watcher.listeners.size === 0) return end(watcher);
      if (isDue) {
        watcher.rung = false;
        const look = (watcher.looks += 1);
        const startedAtMs = Date.now();
        try {
          const before = watcher.seen;
          const seen = await read(watcher.id);
          failingSinceMs = null;
          watcher.heardAtMs = startedAtMs;
          // Its long poll may have told meanwhile of what this look was too early for.
          const isNew = (watcher.seen === before || isLater(seen, watcher.seen)) && show(watcher, seen);
          looksInVain = isNew ? 0 : looksInVain + 1;
          follow(watcher);
          await tell(watcher, look);
        } catch (error) {
          failingSinceMs ??= startedAtMs;
          looksInVain = 0;
          if (!(error instanceof TemporalUnavailableError) || Date.now() - failingSinceMs > PATIENCE_MS) {
            await wake(watcher, (listener) => (listener.failure = error));
            return end(watcher);
          }
        }
        const restMs = Math.min(LOOK_GAP_MS, startedAtMs + LOOK_GAP_MS - Date.now());
        if (restMs > 0) await sleep(restMs);
      }
      const isFollowed = watcher.following !== null && failingSinceMs === null;
      isDue = isOpen(watcher) && (await nextLook(watcher, isFollowed ? null : slowLookMs(looksInVain)));
    }
  }

  /** True where it is news. */
  function show(watcher: Watcher, seen: Seen | null, view?: OrderView): boolean {
    const before = watcher.seen;
    watcher.seen = seen;
    if (watcher.view !== undefined && seen?.runId === before?.runId && seen?.order.revision === before?.order.revision)
      return false;
    watcher.view = view ?? (seen && viewOf(seen));
    return true;
  }

  /** Also those who have waited for this look. */
  async function tell(watcher: Watcher, look: number | null): Promise<void> {
    await wake(watcher, (listener) => {
      const { since, has } = listener;
      if (since === null ? has === watcher.view : look === null || since >= look) return false;
      // As it has become while others were woken.
      listener.news = { order: watcher.view ?? null };
      listener.has = watcher.view;
      listener.since = null;
      return true;
    });
  }

  async function wake(watcher: Watcher, what: (listener: Listener) => unknown): Promise<void> {
    let woken = 0;
    for (const listener of watcher.listeners) {
      if (what(listener) === false) continue;
      listener.wake();
      if ((woken += 1) % WOKEN_AT_ONCE === 0) await pause();
    }
  }

  function slowLookMs(looksInVain: number): number {
    const own = Math.min(FIRST_LOOK_MS * 1.5 ** Math.min(looksInVain, 10), LONGEST_LOOK_MS);
    return Math.max(own, (watchers.size - slots.taken()) * LOOK_MS_PER_ORDER);
  }

  /** `lookMs` null: its long poll rings. False where there is nothing to look at, but perhaps another time to do it. */
  async function nextLook(watcher: Watcher, lookMs: number | null): Promise<boolean> {
    if (watcher.rung) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = lookMs === null ? undefined : setTimeout(() => resolve(true), lookMs);
    watcher.wake = () => resolve(watcher.rung);
    const isDue = await promise;
    clearTimeout(timer);
    return isDue;
  }

  /** Where its run goes on. */
  function follow(watcher: Watcher): void {
    const { id, seen } = watcher;
    const runId = seen?.running === true && !seen.paused ? seen.runId : null;
    if (watcher.following?.runId === runId) return;
    watcher.following?.stop();
    if (runId === null || watcher.listeners.size === 0 || Date.now() < watcher.followAgainAtMs) return;
    const stopped = new AbortController();
    const follower = { merchantId: parseOrderId(id)?.merchantId ?? '', giveWay: () => stopped.abort() };
    if (!slots.take(follower)) {
      const [longest] = lingering;
      if (longest === undefined) return;
      end(longest);
      if (!slots.take(follower)) return;
    }
    const following = { runId, stop: () => stopped.abort() };
    watcher.following = following;
    stopped.signal.addEventListener('abort', () => {
      slots.leave(follower);
      if (watcher.following === following) watcher.following = null;
    });
    const ended = (pauseMs: number, isRung: boolean) => {
      if (watcher.following !== following && watcher.following !== null) return;
      watcher.followAgainAtMs = Date.now() + pauseMs;
      stopped.abort();
      watcher.rung ||= isRung;
      watcher.wake();
    };
    pollRun(watcher, runId, stopped.signal).then(
      ({ isUnclear }) => ended(PAUSE_AFTER_RUN_MS, isUnclear),
      () => ended(PAUSE_AFTER_FAILURE_MS, true),
    );
  }

  /** Until the run ends. */
  async function pollRun(watcher: Watcher, runId: string, signal: AbortSignal): Promise<Polled> {
    let token: PollToken | null = null;
    let restMs = rests.afterMs(null, watcher.seen?.order);
    for (;;) {
      await rest(watcher, restMs, signal);
      const { seen: before, isNewsThere } = watcher;
      watcher.isNewsDue = false;
      watcher.isNewsThere = false;
      const polled = await poll({ id: watcher.id, runId, after: before?.events ?? 0, token }, signal);
      signal.throwIfAborted();
      const isNext = polled.token === null && (isNewsThere || watcher.isNewsThere);
      // Most likely it is in this answer.
      if (polled.published !== null || isNext) watcher.isNewsThere = false;
      watcher.heardAtMs = Date.now();
      const seen = polled.published === null ? watcher.seen : after(watcher.seen, polled.published);
      const isUnclear = polled.isUnclear || seen === null;
      if (seen !== null) {
        const running = polled.token !== null || isUnclear;
        show(watcher, { ...seen, running });
        await tell(watcher, null);
      }
      rests.learn(polled, before?.order, watcher.seen?.order);
      // The command may have opened the order's next run.
      if (polled.token === null) return { ...polled, isUnclear: isUnclear || isNext };
      if (isUnclear) ring(watcher);
      token = polled.token;
      // Whoever waited for this alone leaves.
      await pause();
      restMs = rests.afterMs(polled, watcher.seen?.order);
    }
  }

  /** It ends early where somebody's wait is nearly over, or news is there. Where news is due it lasts as before any news. Each may come meanwhile. */
  async function rest(watcher: Watcher, ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => resolve();
    const begunAtMs = Date.now();
    const elapsedMs = () => Math.max(0, Date.now() - begunAtMs);
    let timer = setTimeout(end, ms);
    let firstEndAtMs = Infinity;
    // All are kept: where the clock was set back, that of an earlier end may be the longer one.
    const beforeEnds: NodeJS.Timeout[] = [];
    const resting: Resting = {
      end,
      newsIsDue() {
        clearTimeout(timer);
        timer = setTimeout(end, rests.wordMs(watcher.seen?.order, ms, elapsedMs()));
      },
      waitEndsAt(endsAtMs) {
        if (endsAtMs >= firstEndAtMs) return;
        firstEndAtMs = endsAtMs;
        const leftMs = Math.max(BEFORE_END.restMs - elapsedMs(), endsAtMs - BEFORE_END.ms - Date.now());
        beforeEnds.push(setTimeout(end, leftMs));
      },
    };
    watcher.resting = resting;
    resting.waitEndsAt(firstEndOf(watcher));
    if (watcher.isNewsDue) resting.newsIsDue();
    if (watcher.isNewsThere) end();
    signal.addEventListener('abort', end);
    await promise;
    for (const each of [timer, ...beforeEnds]) clearTimeout(each);
    signal.removeEventListener('abort', end);
    // The next run's rest may have begun already.
    if (watcher.resting === resting) watcher.resting = null;
    signal.throwIfAborted();
  }

  /** The Unix time at which the first of its waits is over. */
  function firstEndOf({ listeners }: Watcher): number {
    let endsAtMs = Infinity;
    for (const listener of listeners) endsAtMs = Math.min(endsAtMs, listener.endsAtMs);
    return endsAtMs;
  }

  return {
    async *changes(id, signal, known, endsAtMs = Infinity) {
      let woken = Promise.withResolvers<void>();
      const since = watchers.get(id)?.looks ?? 0;
      const wake = () => woken.resolve();
      const listener: Listener = { since, has: undefined, news: null, failure: null, endsAtMs, wake };
      signal.addEventListener('abort', wake);
      const watcher = join(id, listener, known);
      try {
        for (;;) {
          if (listener.failure !== null) throw listener.failure;
          const { news } = listener;
          listener.news = null;
          if (news !== null) yield news.order;
          else if (signal.aborted) return;
          else {
            await woken.promise;
            woken = Promise.withResolvers<void>();
          }
        }
      } finally {
        signal.removeEventListener('abort', wake);
        leave(watcher, listener);
      }
    },
    latest(id) {
      const watcher = watchers.get(id);
      if (watcher === undefined) return noted.get(id);
      return watcher.following !== null && Date.now() - watcher.heardAtMs <= lingerMs ? (watcher.view ?? null) : null;
    },
    note(seen) {
      const view = viewOf(seen);
      const { id } = seen.order;
      if (watchers.has(id) || !seen.running) noted.delete(id);
      else noted.set(id, view);
      return view;
    },
    newsIsDue(id) {
      const watcher = watchers.get(id);
      if (watcher === undefined || watcher.isNewsDue) return;
      watcher.isNewsDue = true;
      watcher.resting?.newsIsDue();
    },
    newsIsThere(id) {
      const watcher = watchers.get(id);
      if (watcher === undefined) return;
      if (watcher.following === null) return ring(watcher);
      watcher.isNewsThere = true;
      watcher.resting?.end();
    },
    counts: () => ({ watched: watchers.size, followed: slots.taken() }),
  };
}

function newWatcher(id: string): Watcher {
  return {
    id,
    listeners: new Set(),
    looks: 0,
    rung: false,
    wake: () => {},
    isNewsDue: false,
    isNewsThere: false,
    resting: null,
    seen: null,
    view: undefined,
    heardAtMs: Date.now(),
    following: null,
    followAgainAtMs: 0,
    lingering: undefined,
  };
}
