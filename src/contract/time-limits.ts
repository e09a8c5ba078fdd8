// How long each side waits for another, in milliseconds. A limit that must outlast another is computed from it; `time-limits.unit.test.ts` says which.
import { NO_WORKER_AFTER_MS } from '../order/on-resolution.ts';

/** The API promises its callers to say by then that Temporal is away, and to answer a command (http-api.md, sections 2 and 5). */
const SAID_TO_BE_AWAY_MS = 5_000;
const COMMAND_MS = 10_000;
/** The network's share, both ways. */
const ON_THE_WAY_MS = 500;

/** One look at an order, or its start. */
export const ORDER_READ_MS = 4_000;
/** A list, including the wait for its turn. */
export const LIST_READ_MS = SAID_TO_BE_AWAY_MS - ON_THE_WAY_MS;
/** A read, including the wait for its turn in the API. */
export const READ_IN_TURN_MS = SAID_TO_BE_AWAY_MS - 300;

/** From the look at the order until a worker has accepted the command. */
export const COMMAND_TAKEN_MS = NO_WORKER_AFTER_MS;
/** The first look of a command. */
export const COMMAND_LOOK_MS = 2_000;
/** Counting the SMS that a phone has got today, before an SMS. */
export const SMS_COUNT_MS = 1_500;
/** Claiming an idempotency key before its request, or giving it back after a refusal. */
export const KEY_CLAIM_MS = 2_000;
/** The read of the order for the answer to a command that is not done yet. */
export const LAST_LOOK_MS = 1_000;
/** A command, from its beginning to its result. */
export const COMMAND_DONE_MS = COMMAND_MS - LAST_LOOK_MS - ON_THE_WAY_MS;
/** Finding out whether another order has a number of seQura's, which is a part of taking a command. */
export const RESERVE_NUMBER_MS = COMMAND_TAKEN_MS;

/** From the look at the order to the signal. seQura waits 5 s for our answer (sequra.md, "Webhooks"). */
export const WEBHOOK_TAKEN_MS = 2_000;

/** A reopened run stays open this long after the order's end, for callers that have looked at the run before it (docs/decisions/0005). */
export const REOPENED_STAYS_MS = Math.max(COMMAND_TAKEN_MS, WEBHOOK_TAKEN_MS) + 1_000;

/** A change at the desk at its longest: `notify`, with its three looks, its start, and its key, which is claimed and given back. */
export const DESK_CHANGE_MS = 4 * ORDER_READ_MS + 2 * KEY_CLAIM_MS;

/** How long an API that ends waits for its last answers. */
export const LAST_ANSWERS_MS = COMMAND_MS + 2_000;
