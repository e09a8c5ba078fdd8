// Shares out the slots for long polls among watched orders. Temporal takes 1,200 calls of this kind per namespace and frontend by default, those of
// workers and commands included. So there are fewer slots than orders that somebody may wait for, and merchants share them fairly.

type Follower = { merchantId: string; giveWay: () => void };

export type PollSlots = {
  /** False where no slot is left for this merchant. Takes a slot from another merchant only if that one has at least two more. */
  take(follower: Follower): boolean;
  leave(follower: Follower): void;
  taken(): number;
};

export function pollSlots(most: number): PollSlots {
  const ofMerchant = new Map<string, Set<Follower>>();
  let taken = 0;

  function leave(follower: Follower): void {
    const its = ofMerchant.get(follower.merchantId);
    if (its?.delete(follower) !== true) return;
    taken -= 1;
    if (its.size === 0) ofMerchant.delete(follower.merchantId);
  }

  function makeRoom(ownSeats: number): boolean {
    let largest = new Set<Follower>();
    for (const its of ofMerchant.values()) if (its.size > largest.size) largest = its;
    const [oldest] = largest;
    if (oldest === undefined || largest.size <= ownSeats + 1) return false;
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
