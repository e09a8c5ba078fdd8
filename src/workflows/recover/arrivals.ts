// Takes what arrives at a workflow in one order. A reset delivers signals and updates again, and where both come in one task, a replay may be
// shown them the other way round: signals are taken first, then.

export type Arrivals = {
  signal: (take: () => void) => void;
  /** Resolves, or rejects, with what `take` makes of it. */
  update: <Result>(take: () => Result) => Promise<Result>;
};

/** `wasReset`: elsewhere everything is taken as it comes, which is what the histories of all other runs say. */
export function arrivals(wasReset: () => boolean): Arrivals {
  const waiting = { signals: [] as (() => void)[], updates: [] as (() => void)[] };

  /** After the whole task has been shown. */
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
