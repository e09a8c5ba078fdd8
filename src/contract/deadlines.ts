// How long each side waits for another, in milliseconds. Where one must outlast another it is made from it; `deadlines.unit.test.ts` says which.
import { NO_WORKER_AFTER_MS } from '../order/on-resolution.ts';

/** What the API promises its callers: when it says that Temporal is away, and when it answers a command (http-api.md, sections 2 and 5). */
const SAID_TO_BE_AWAY_MS = 5_000;
const COMMAND_MS = 10_000;
/** For the network, both ways. */
const ON_THE_WAY_MS = 500;

/** One look at an order, or its start. */
export const ORDER_READ_MS = 4_000;
/** A list may wait for its turn. */
export const LIST_READ_MS = SAID_TO_BE_AWAY_MS - ON_THE_WAY_MS;
/** A read, with the wait for its turn in the API. */
export const READ_IN_TURN_MS = SAID_TO_BE_AWAY_MS - 300;

/** From the look at the order until a worker has accepted the command. */
export const COMMAND_TAKEN_MS = NO_WORKER_AFTER_MS;
/** The first look of a command. */
export const COMMAND_LOOK_MS = 2_000;
/** What the order has become, for the answer to a command that is not done yet. */
export const LAST_LOOK_MS = 1_000;
/** A command, from its beginning to its result. */
export const COMMAND_DONE_MS = COMMAND_MS - LAST_LOOK_MS - ON_THE_WAY_MS;
/** Whether another order has a number of seQura's: part of taking a command. */
export const NUMBER_CLAIM_MS = COMMAND_TAKEN_MS;

/** seQura waits 5 s for our answer (sequra.md, "Webhooks"); from the look at the order to the signal. */
export const WEBHOOK_TAKEN_MS = 2_000;

/** A reopened run stays open for so long after the order's end, for callers that have looked at the run before it (docs/decisions/0005). */
export const REOPENED_STAYS_MS = Math.max(COMMAND_TAKEN_MS, WEBHOOK_TAKEN_MS) + 1_000;

/** An API that ends waits for its last answers. */
export const LAST_ANSWERS_MS = COMMAND_MS + 2_000;
