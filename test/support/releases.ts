// Releases of the workflows that do not fit running orders: today's bundle, changed so that old histories do not replay.
import assert from 'node:assert/strict';

export type Change = { from: RegExp; to: string };

/** Changes that look harmless in a diff. */
export const INCOMPATIBLE: Record<string, Change> = {
  'another name of an activity': {
    from: /activities\.createOrder\.executeWithOptions/,
    to: 'activities.placeOrder.executeWithOptions',
  },
  'a wait before the create': {
    from: /(async function create\([^)]*\) \{)/,
    to: '$1 await (0, _temporalio_workflow__WEBPACK_IMPORTED_MODULE_0__.sleep)(1000);',
  },
};

/** Throws if the bundle has nothing to change: the test would prove nothing. */
export function releaseWith({ code }: { code: string }, { from, to }: Change): { code: string } {
  const changed = code.replace(from, to);
  assert.notEqual(changed, code, `the bundle has no ${from}`);
  return { code: changed };
}
