// Watches orders that somebody waits for: one watcher for each order, however many wait, and a long poll for its changes.
import { setImmediate as pause, setTimeout as sleep } from 'node:timers/promises';
import { parseOrderId } from '../order/ids.ts';
import type { OrderView } from '../order/view.ts';
import { orderView } from '../order/view.ts';
import { TemporalUnavailableError } from './errors.ts';
import type { Poll } from '../temporal/follow-history.ts';
import { pollSlots } from './poll-slots.ts';
import type { Run } from './read.ts';

export type Watching = {
  /**
   * The order, read after this was called, and then each time it may have changed; null: there is none. What changes while the reader
   * is busy is merged, the last is always there. Ends when `signal` aborts. Throws `TemporalUnavailableError` in an outage that lasts.
   */
  changes(id: string, signal: AbortSignal): AsyncGenerator<OrderView | null>;
  counts: () => { watched: number; followed: number };
};

export type WatchingOptions = {
  read: (id: string) => Promise<Omit<Run, 'digest' | 'digests'> | null>;
  poll: Poll;
  mostFollowed?: number;
};

const MOST_FOLLOWED = 250;
/** For an order that is not followed: nothing carries it on, or there are too many. Where nothing happens, as seldom as a long poll. */
const FIRST_LOOK_MS = 500;
const LONGEST_LOOK_MS = 20_000;
/** So that all looks together are at most 100 a second. */
const LOOK_MS_PER_ORDER = 10;
/** Between two looks, so that newcomers share one. */
const LOOK_GAP_MS = 50;
/** How long to wait before a next run is followed, and (second value) after a poll failed. */
const PAUSE_AFTER_RUN_MS = 100;
const PAUSE_AFTER_FAILURE_MS = 1_000;
/** Listeners do not notice an outage that is shorter. */
const PATIENCE_MS = 3_500;
/** Listeners of one order are woken so many at a time, with other work in between. */
const WOKEN_AT_ONCE = 25;

type Listener = { since: number; news: { order: OrderView | null } | null; failure: unknown; wake: () => void };
type Watcher = {
  id: string;
  listeners: Set<Listener>;
  /** How many looks have begun: a listener gets none that began before it came. */
  looks: number;
  rung: boolean;
  wake: () => void;
  /** The run that is being followed. */
  following: { runId: string; stop: () => void } | null;
  followAgainAtMs: number;
};

export function watchOrders({ read, poll, mostFollowed = MOST_FOLLOWED }: WatchingOptions): Watching {
  const watchers = new Map<string, Watcher>();
  const slots = pollSlots(mostFollowed);

  function ring(watcher: Watcher): void {
    watcher.rung = true;
    watcher.wake();
  }

  function join(id: string, listener: Listener): Watcher {
    const known = watchers.get(id);
    const watcher = known ?? newWatcher(id);
    listener.since = watcher.looks;
    watcher.listeners.add(listener);
    watchers.set(id, watcher);
    if (known === undefined) void watch(watcher);
    else ring(watcher);
    return watcher;
  }

  function leave(watcher: Watcher, listener: Listener): void {
    watcher.listeners.delete(listener);
    if (watcher.listeners.size === 0) end(watcher);
  }

  function end(watcher: Watcher): void {
    watcher.listeners.clear();
    if (watchers.get(watcher.id) === watcher) watchers.delete(watcher.id);
    watcher.following?.stop();
    ring(watcher);
  }

  async function watch(watcher: Watcher): Promise<void> {
    let revision = -1;
    let looksInVain = 0;
    let failingSinceMs: number | null = null;
    while (watcher.listeners.size > 0) {
      watcher.rung = false;
      const look = (watcher.looks += 1);
      const startedAtMs = Date.now();
      try {
        const run = await read(watcher.id);
        failingSinceMs = null;
        looksInVain = run?.order.revision === revision ? looksInVain + 1 : 0;
        revision = run?.order.revision ?? -1;
        follow(watcher, run?.running === true && !run.paused ? run.runId : null);
        const news = { order: run === null ? null : orderView(run.order) };
        await wake(watcher, look, (listener) => (listener.news = news));
      } catch (error) {
        failingSinceMs ??= startedAtMs;
        looksInVain = 0;
        if (!(error instanceof TemporalUnavailableError) || Date.now() - failingSinceMs > PATIENCE_MS) {
          await wake(watcher, Infinity, (listener) => (listener.failure = error));
          return end(watcher);
        }
      }
      const restMs = startedAtMs + LOOK_GAP_MS - Date.now();
      if (restMs > 0) await sleep(restMs);
      const isFollowed = watcher.following !== null && failingSinceMs === null;
      if (watcher.listeners.size > 0) await nextLook(watcher, isFollowed ? null : slowLookMs(looksInVain));
    }
  }

  async function wake(watcher: Watcher, look: number, what: (listener: Listener) => void): Promise<void> {
    let woken = 0;
    for (const listener of watcher.listeners) {
      if (listener.since >= look) continue;
      what(listener);
      listener.wake();
      if ((woken += 1) % WOKEN_AT_ONCE === 0) await pause();
    }
  }

  function slowLookMs(looksInVain: number): number {
    const own = Math.min(FIRST_LOOK_MS * 1.5 ** Math.min(looksInVain, 10), LONGEST_LOOK_MS);
    return Math.max(own, (watchers.size - slots.taken()) * LOOK_MS_PER_ORDER);
  }

  /** `lookMs` null: its long poll rings. */
  async function nextLook(watcher: Watcher, lookMs: number | null): Promise<void> {
    if (watcher.rung) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = lookMs === null ? undefined : setTimeout(resolve, lookMs);
    watcher.wake = resolve;
    await promise;
    clearTimeout(timer);
  }

  /** `runId` null: there is nothing to follow. */
  function follow(watcher: Watcher, runId: string | null): void {
    if (watcher.following?.runId === runId) return;
    watcher.following?.stop();
    if (runId === null || watcher.listeners.size === 0 || Date.now() < watcher.followAgainAtMs) return;
    const stopped = new AbortController();
    const follower = { merchantId: parseOrderId(watcher.id)?.merchantId ?? '', giveWay: () => stopped.abort() };
    if (!slots.take(follower)) return;
    const following = { runId, stop: () => stopped.abort() };
    watcher.following = following;
    stopped.signal.addEventListener('abort', () => {
      slots.leave(follower);
      if (watcher.following === following) watcher.following = null;
    });
    const ended = (pauseMs: number) => {
      watcher.followAgainAtMs = Date.now() + pauseMs;
      stopped.abort();
      ring(watcher);
    };
    pollRun(watcher, runId, stopped.signal).then(
      () => ended(PAUSE_AFTER_RUN_MS),
      () => ended(PAUSE_AFTER_FAILURE_MS),
    );
  }

  async function pollRun(watcher: Watcher, runId: string, signal: AbortSignal): Promise<void> {
    let token: Uint8Array | null = null;
    do {
      const polled = await poll({ id: watcher.id, runId, token }, signal);
      if (polled.hasNews) ring(watcher);
      token = polled.token;
    } while (token !== null);
  }

  return {
    async *changes(id, signal) {
      let woken = Promise.withResolvers<void>();
      const listener: Listener = { since: 0, news: null, failure: null, wake: () => woken.resolve() };
      signal.addEventListener('abort', listener.wake);
      const watcher = join(id, listener);
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
        signal.removeEventListener('abort', listener.wake);
        leave(watcher, listener);
      }
    },
    counts: () => ({ watched: watchers.size, followed: slots.taken() }),
  };
}

function newWatcher(id: string): Watcher {
  return { id, listeners: new Set(), looks: 0, rung: false, wake: () => {}, following: null, followAgainAtMs: 0 };
}
