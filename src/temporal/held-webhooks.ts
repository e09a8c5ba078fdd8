// Webhooks that Temporal could not take. seQura was told so and repeats them, but only ten times: in a longer outage it is this process that
// still knows them, and hands them over when Temporal is back.
import { setTimeout as sleep } from 'node:timers/promises';
import { webhookKey } from '../order/webhook.ts';
import { TemporalUnavailableError } from './errors.ts';
import type { Orders } from './orders.ts';

export type HeldWebhooks = {
  /** How many wait to be handed over. */
  count: () => number;
  /** Gives up what is held: from here on it is up to seQura's repeats. */
  stop: () => void;
};

const AGAIN_MS = 1_000;
/** Beyond, the newest are left to seQura's repeats. */
const MOST_HELD = 20_000;

/** Of a round: Temporal is still away. */
const MOST_FAILURES = 3;

/** The same orders: a webhook that fails because Temporal is away fails as before, but is held, once however often it comes. */
export function holdingWebhooks(orders: Orders): { orders: Orders; held: HeldWebhooks } {
  const held = new Map<string, Parameters<Orders['webhook']>>();
  const stopped = new AbortController();
  let handingOver = false;

  async function handOver(): Promise<void> {
    while (held.size > 0 && !stopped.signal.aborted) {
      await sleep(AGAIN_MS, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
      let failures = 0;
      const round = [...held];
      for (const [key, webhook] of round) {
        if (stopped.signal.aborted) return;
        const away = await orders.webhook(...webhook).then(() => false, isAway);
        held.delete(key);
        if (!away) continue;
        // To the end, so that one which cannot be handed over keeps back no other.
        held.set(key, webhook);
        if ((failures += 1) === MOST_FAILURES) break;
      }
    }
  }

  async function webhook(...args: Parameters<Orders['webhook']>): ReturnType<Orders['webhook']> {
    try {
      return await orders.webhook(...args);
    } catch (error) {
      if (isAway(error) && held.size < MOST_HELD) {
        const [merchantId, reference, event] = args;
        held.set(JSON.stringify([merchantId, reference, webhookKey(event)]), args);
        if (!handingOver) {
          handingOver = true;
          void handOver().finally(() => (handingOver = false));
        }
      }
      throw error;
    }
  }

  return { orders: { ...orders, webhook }, held: { count: () => held.size, stop: () => stopped.abort() } };
}

/** Any other failure would be the same again: it was answered as one, and seQura repeats it. */
function isAway(error: unknown): boolean {
  return error instanceof TemporalUnavailableError;
}
