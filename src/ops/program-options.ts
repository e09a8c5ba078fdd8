// Options that several commands have.
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';

export function integer(least: number): (given: string) => number {
  return (given) => {
    if (/^\d{1,9}$/.test(given) && Number(given) >= least) return Number(given);
    throw new InvalidArgumentError(`It has to be a whole number from ${least}.`);
  };
}

/** In whose name orders are changed. */
export function withBy(command: Command): Command {
  return command.option('--by <name>', 'who asks, for the order’s timeline: no personal data', words, me());
}

/** Nobody, where the system has no name for this user. */
function me(): string {
  try {
    return userInfo().username;
  } catch {
    return 'operator';
  }
}

/** Without a slash at its end, and without what follows a path. */
export function webAddress(given: string): string {
  const url = URL.parse(given);
  if (url !== null && /^https?:$/.test(url.protocol)) return `${url.origin}${url.pathname}`.replace(/\/$/, '');
  throw new InvalidArgumentError('It has to be an address such as https://temporal.example.');
}

export function words(given: string): string {
  if (given.length >= 1 && given.length <= 200) return given;
  throw new InvalidArgumentError('It has to have 1 to 200 characters.');
}
