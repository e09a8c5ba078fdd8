// What Stryker has tested so far: a run that is ended by its time keeps that.
import type { Stryker } from '@stryker-mutator/core';

export type Mutant = Awaited<ReturnType<Stryker['runMutationTest']>>[number];

export const tested: Mutant[] = [];
export const planned = { mutants: 0 };

class Tested {
  onMutationTestingPlanReady({ mutantPlans }: { mutantPlans: readonly unknown[] }): void {
    planned.mutants = mutantPlans.length;
  }
  onMutantTested(mutant: Mutant): void {
    tested.push(mutant);
  }
}

export const strykerPlugins = [{ kind: 'Reporter', name: 'tested', injectableClass: Tested }];
