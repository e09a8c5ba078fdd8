// What was just read or started, for those who come to wait for it next: most come at once.
import type { OrderView } from '../order/view.ts';

export type Noted = {
  get(id: string): OrderView | null;
  set(id: string, view: OrderView): void;
  delete(id: string): void;
};

/** Some kilobytes each. */
const MOST_NOTED = 1_000;

/** Each is kept for `keptMs`. */
export function createNoted(keptMs: number): Noted {
  /** The newest is last. */
  const noted = new Map<string, { view: OrderView; atMs: number }>();
  const forgetting = setTimeout(() => noted.clear(), keptMs).unref();

  function forgetOld(): void {
    for (const [id, { atMs }] of noted) {
      if (noted.size <= MOST_NOTED && Date.now() - atMs <= keptMs) return;
      noted.delete(id);
    }
  }

  return {
    get(id) {
      forgetOld();
      return noted.get(id)?.view ?? null;
    },
    set(id, view) {
      noted.delete(id);
      noted.set(id, { view, atMs: Date.now() });
      forgetting.refresh();
      forgetOld();
    },
    delete: (id) => void noted.delete(id),
  };
}
