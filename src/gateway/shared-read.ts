// Shares a read among all callers that ask for the same key at the same moment.

/**
 * The same read, shared by key: callers that come while a read is under way share the next one. So nobody gets an answer that was read before they
 * asked, and at most one read per key is under way while another waits.
 */
export function shared<Result>(read: (key: string) => Promise<Result>): (key: string) => Promise<Result> {
  const underWay = new Map<string, { now: Promise<Result>; next: Promise<Result> | null }>();

  function start(key: string): Promise<Result> {
    const now = read(key);
    const reading = { now, next: null };
    underWay.set(key, reading);
    const end = () => {
      if (underWay.get(key) === reading && reading.next === null) underWay.delete(key);
    };
    now.then(end, end);
    return now;
  }

  return (key) => {
    const reading = underWay.get(key);
    if (reading === undefined) return start(key);
    const again = () => start(key);
    return (reading.next ??= reading.now.then(again, again));
  };
}
