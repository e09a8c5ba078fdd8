// Takes signals before updates in a run made by a reset. A reset delivers both again, and a replay may see the signals and updates of one task in
// another order.

export type Arrivals = {
  signal: (take: () => void) => void;
  /** Resolves with what `take` returns, or rejects with what it throws. */
  update: <Result>(take: () => Result) => Promise<Result>;
};

/** Where `wasReset` is false, signals and updates are taken as they come, in the order of the history. */
export function arrivals(wasReset: () => boolean): Arrivals {
  const waiting = { signals: [] as (() => void)[], updates: [] as (() => void)[] };

  /** Takes what waits, after all signals and updates of the task have been delivered. */
  async function soon(): Promise<void> {
    await Promise.resolve();
    for (const take of [...waiting.signals.splice(0), ...waiting.updates.splice(0)]) take();
  }

  return {
    signal(take) {
      if (!wasReset()) return take();
      waiting.signals.push(take);
      void soon();
    },
    async update(take) {
      if (!wasReset()) return take();
      return new Promise((resolve, reject) => {
        waiting.updates.push(() => {
          try {
            resolve(take());
          } catch (error) {
            reject(error);
          }
        });
        void soon();
      });
    },
  };
}
