// How long each side waits for another, in milliseconds. Where one must outlast another it is made from it; `deadlines.unit.test.ts` says which.
import { ANSWERED_IN_VAIN_AFTER_MS } from '../order/on-resolution.ts';

/** By then a caller has heard that Temporal is away, or has the answer of a command (http-api.md, sections 2 and 5). */
const SAID_TO_BE_AWAY_MS = 5_000;
const COMMAND_MS = 10_000;
/** For the ways there and back. */
const ON_THE_WAY_MS = 500;

/** One look at an order, or its start. */
export const ORDER_READ_MS = 4_000;
/** A list may wait for its turn. */
export const LIST_READ_MS = SAID_TO_BE_AWAY_MS - ON_THE_WAY_MS;
/** A read that waited for its turn in the API, too. */
export const READ_IN_TURN_MS = SAID_TO_BE_AWAY_MS - 300;

/** From the look at the order to a worker's word that it has the command. */
export const COMMAND_TAKEN_MS = ANSWERED_IN_VAIN_AFTER_MS;
/** The first look of a command. */
export const COMMAND_LOOK_MS = 2_000;
/** What the order has become, for the answer to a command that is not done yet. */
export const LAST_LOOK_MS = 1_000;
/** What a command comes to, from its beginning. */
export const COMMAND_DONE_MS = COMMAND_MS - LAST_LOOK_MS - ON_THE_WAY_MS;
/** Whether another order has a number of seQura's: part of taking a command. */
export const NUMBER_CLAIM_MS = COMMAND_TAKEN_MS;

/** seQura waits 5 s for our answer (sequra.md, "Webhooks"); from the look at the order to the signal. */
export const WEBHOOK_TAKEN_MS = 2_000;

/** A reopened run stays for as long after its end, so that whoever looked at the run before it finds this one (docs/decisions/0005). */
export const REOPENED_STAYS_MS = Math.max(COMMAND_TAKEN_MS, WEBHOOK_TAKEN_MS) + 1_000;

/** An API that ends waits for its last answers. */
export const LAST_ANSWERS_MS = COMMAND_MS + 2_000;
