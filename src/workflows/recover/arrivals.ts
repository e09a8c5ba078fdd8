// Takes signals before updates in a run that a reset made. A reset delivers both again, and a replay may see those of one task the other way
// round.

export type Arrivals = {
  signal: (take: () => void) => void;
  /** Resolves, or rejects, with what `take` makes of it. */
  update: <Result>(take: () => Result) => Promise<Result>;
};

/** `wasReset`: any other run takes arrivals as they come, as its history says. */
export function arrivals(wasReset: () => boolean): Arrivals {
  const waiting = { signals: [] as (() => void)[], updates: [] as (() => void)[] };

  /** Once all arrivals of the task are known. */
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
