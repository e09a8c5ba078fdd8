// One read for all who want the same thing at the same moment.

/**
 * The same read, shared by key: who asks while it is under way gets the next one, which all of them share. So nobody gets what was read
 * before they asked, and never are more than two reads of a key in the making.
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
