// Buffers webhooks while Temporal is away. seQura gets an error and repeats them, but only ten times: in a longer outage this process still has
// them, and hands them over when Temporal is back.
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_REFERENCE_CHARACTERS } from '../order/ids.ts';
import { webhookKey } from '../order/webhook.ts';
import { TemporalUnavailableError } from './errors.ts';
import type { Orders } from './orders.ts';

export type WebhookBuffer = {
  /** How many webhooks it has. */
  count: () => number;
  bytes: () => number;
  /** Drops every webhook: from now on only seQura's repeats bring them. */
  stop: () => void;
};

export type BufferLimits = { bytes: number; count: number };

const AGAIN_MS = 1_000;
const LIMITS: BufferLimits = { bytes: 32 * 2 ** 20, count: 50_000 };
/** The memory of a webhook beside its text. */
const OVERHEAD_BYTES = 500;
/** A longer reference cannot be an order's, even tidied, so dropping its webhook loses no confirmation. */
const MOST_CHARACTERS = 2 * MAX_REFERENCE_CHARACTERS;

/** After so many failures in a round Temporal counts as away. */
const MOST_FAILURES = 3;

type Webhook = Parameters<Orders['webhook']>;
type Share = { webhooks: Map<string, Webhook>; bytes: number };

/**
 * The same orders, with a buffer: a webhook that fails because Temporal is away still fails, and is buffered once, however often it comes. When the
 * buffer is full, a webhook of the merchant that uses most of it is dropped. `dropped` is called for each that only seQura's repeats can bring.
 */
export function bufferWebhooks(
  orders: Orders,
  dropped: (merchantId: string) => void = () => {},
  limits: BufferLimits = LIMITS,
): { orders: Orders; buffer: WebhookBuffer } {
  /** In the order in which they are served next. */
  const shares = new Map<string, Share>();
  const total = { bytes: 0, count: 0 };
  const stopped = new AbortController();
  let handingOver = false;

  function remove(merchantId: string, key: string): void {
    const share = shares.get(merchantId);
    const webhook = share?.webhooks.get(key);
    if (share === undefined || webhook === undefined) return;
    share.webhooks.delete(key);
    const bytes = weight(key, webhook);
    share.bytes -= bytes;
    total.bytes -= bytes;
    total.count -= 1;
    if (share.webhooks.size === 0) shares.delete(merchantId);
  }

  function add(merchantId: string, key: string, webhook: Webhook): void {
    remove(merchantId, key);
    const share = shares.get(merchantId) ?? { webhooks: new Map<string, Webhook>(), bytes: 0 };
    const bytes = weight(key, webhook);
    shares.set(merchantId, share);
    share.webhooks.set(key, webhook);
    share.bytes += bytes;
    total.bytes += bytes;
    total.count += 1;
  }

  /** Drops the newest webhook of the merchant that uses most; if `ofMerchant` is that merchant, the webhook with this key. */
  function makeRoom(ofMerchant: string, key: string): void {
    while (total.bytes > limits.bytes || total.count > limits.count) {
      const [merchantId, share] = [...shares].reduce((most, one) => (one[1].bytes > most[1].bytes ? one : most));
      const newest = merchantId === ofMerchant ? key : [...share.webhooks.keys()].at(-1);
      if (newest === undefined) return;
      remove(merchantId, newest);
      dropped(merchantId);
    }
  }

  function buffer(webhook: Webhook): void {
    const [merchantId, reference, event] = webhook;
    if (reference.length > MOST_CHARACTERS) return dropped(merchantId);
    const key = JSON.stringify([reference, webhookKey(event)]);
    add(merchantId, key, webhook);
    makeRoom(merchantId, key);
    if (handingOver) return;
    handingOver = true;
    void handOver().finally(() => (handingOver = false));
  }

  async function handOver(): Promise<void> {
    while (total.count > 0 && !stopped.signal.aborted) {
      await sleep(AGAIN_MS, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
      await round();
    }
  }

  /** Tries each webhook once, merchants in turn. */
  async function round(): Promise<void> {
    let failures = 0;
    for (let rest = total.count; rest > 0 && !stopped.signal.aborted; rest -= 1) {
      const next = shares.entries().next().value;
      const first = next?.[1].webhooks.entries().next().value;
      if (next === undefined || first === undefined) return;
      const [merchantId, share] = next;
      const [key, webhook] = first;
      shares.delete(merchantId);
      shares.set(merchantId, share);
      const away = await orders.webhook(...webhook).then(() => false, isAway);
      remove(merchantId, key);
      if (!away) continue;
      // It goes back to the end, so that a webhook which cannot be handed over delays no other.
      add(merchantId, key, webhook);
      if ((failures += 1) === MOST_FAILURES) return;
    }
  }

  async function webhook(...args: Webhook): ReturnType<Orders['webhook']> {
    try {
      return await orders.webhook(...args);
    } catch (error) {
      if (isAway(error)) buffer(args);
      throw error;
    }
  }

  return {
    orders: { ...orders, webhook },
    buffer: { count: () => total.count, bytes: () => total.bytes, stop: () => stopped.abort() },
  };
}

/** Two bytes for each character of the key and of the webhook. */
function weight(key: string, webhook: Webhook): number {
  return OVERHEAD_BYTES + 2 * (key.length + JSON.stringify(webhook).length);
}

/** Any other failure is not buffered: it would happen again, and seQura, which got it as the answer, repeats the webhook. */
function isAway(error: unknown): boolean {
  return error instanceof TemporalUnavailableError;
}
