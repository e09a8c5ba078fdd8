// Numbers as options have them.
import { InvalidArgumentError } from 'commander';

export function integer(least: number): (given: string) => number {
  return (given) => {
    if (/^\d{1,9}$/.test(given) && Number(given) >= least) return Number(given);
    throw new InvalidArgumentError(`It has to be a whole number from ${least}.`);
  };
}
