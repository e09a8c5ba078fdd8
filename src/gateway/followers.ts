// Which watched orders are followed by a long poll. Temporal takes 1,200 calls of this kind per namespace and frontend by default, of workers
// and of commands too: there are fewer places than orders that somebody may wait for, and they are shared out fairly among merchants.

type Follower = { merchantId: string; giveWay: () => void };

export type Places = {
  /** False where there is none for this merchant: those who have as many places as it, or fewer, keep them. */
  take(follower: Follower): boolean;
  leave(follower: Follower): void;
  taken(): number;
};

export function places(most: number): Places {
  const ofMerchant = new Map<string, Set<Follower>>();
  let taken = 0;

  function leave(follower: Follower): void {
    const its = ofMerchant.get(follower.merchantId);
    if (its?.delete(follower) !== true) return;
    taken -= 1;
    if (its.size === 0) ofMerchant.delete(follower.merchantId);
  }

  function makeRoom(ownPlaces: number): boolean {
    let largest = new Set<Follower>();
    for (const its of ofMerchant.values()) if (its.size > largest.size) largest = its;
    const [oldest] = largest;
    if (oldest === undefined || largest.size <= ownPlaces + 1) return false;
    leave(oldest);
    oldest.giveWay();
    return true;
  }

  return {
    take(follower) {
      const its = ofMerchant.get(follower.merchantId) ?? new Set();
      if (taken >= most && !makeRoom(its.size)) return false;
      ofMerchant.set(follower.merchantId, its.add(follower));
      taken += 1;
      return true;
    },
    leave,
    taken: () => taken,
  };
}
