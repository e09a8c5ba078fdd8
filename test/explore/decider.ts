// What is explored: the functions of `src/order` that decide, as one value, so that a test can hand in a broken copy.
import { cancelStillWanted, decide } from '../../src/order/decide.ts';
import { evolve } from '../../src/order/evolve.ts';
import { commandOf, isUnderWay } from '../../src/order/keyed.ts';
import { heldCreateIsAnswered } from '../../src/order/on-create.ts';
import {
  allowedActions,
  isResolvedBefore,
  refuseCancel,
  refuseResolution,
  refuseSms,
} from '../../src/order/refusal.ts';
import { searchAttributes } from '../../src/order/search-attributes.ts';
import { readResolution, readSequraEvent } from '../../src/order/read-messages.ts';
import { orderView } from '../../src/order/view.ts';

export const REAL = {
  evolve,
  decide,
  cancelStillWanted,
  commandOf,
  isUnderWay,
  heldCreateIsAnswered,
  allowedActions,
  isResolvedBefore,
  refuseCancel,
  refuseResolution,
  refuseSms,
  readResolution,
  readSequraEvent,
  orderView,
  searchAttributes,
};

export type Decider = typeof REAL;
