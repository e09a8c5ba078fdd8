// seQura's events on their way to the merchant: at least once, form-encoded, repeated with growing gaps, then dropped for good.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultBoard } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { now } from './ledger.ts';
import type { SimulatedMerchant } from './merchants.ts';
import type { Delivery, DeliveryState, ProviderOrder } from './records.ts';
import type { Post } from './webhook-post.ts';

export type WebhookRepeat = {
  /** Gap before the first repeat. */
  baseGapMs: number;
  /** Each gap is this many times the one before. */
  factor: number;
  /** Repeats after the first try. */
  repeats: number;
  /** Of one try, redirects included. */
  timeoutMs: number;
};

export const DEFAULT_REPEAT: WebhookRepeat = { baseGapMs: 1_000, factor: 2, repeats: 10, timeoutMs: 5_000 };

export type SequraMessage = {
  event: string;
  /** Missing: a new one. Null: sent without. */
  eventId?: string | null | undefined;
  /** Added to, or put in place of, the documented parameters; a list repeats the parameter. */
  params?: Record<string, string | string[]> | undefined;
};

export type Webhooks = {
  /** Reports what happened to an order, as the faults allow. */
  emit(order: ProviderOrder, event: string): void;
  /** Sends exactly this, whatever the faults of sending say. */
  send(order: ProviderOrder, message: SequraMessage): Delivery;
  /** Resolves when nothing is under way or waiting to be repeated. */
  idle(): Promise<void>;
  /** Gives up everything that is under way. */
  abandon(): void;
};

export type WebhookParts = {
  ledger: Ledger;
  faults: FaultBoard;
  merchants: readonly SimulatedMerchant[];
  repeat: WebhookRepeat;
  post: Post;
  log: (line: string) => void;
};

const SENDING_FAULTS = ['duplicate', 'late', 'never', 'other_event'] as const;

/** What an answer means; undefined: repeat. */
function settledBy(status: number | null): DeliveryState | undefined {
  if (status === null) return undefined;
  if (status === 501) return 'refused';
  return status >= 200 && status < 300 ? 'delivered' : undefined;
}

function paramsOf(order: ProviderOrder, { event, eventId, params }: SequraMessage): Delivery['params'] {
  return {
    event,
    ...(eventId === null ? {} : { event_id: eventId ?? randomUUID() }),
    order_ref_1: order.reference,
    order_ref_2: '""',
    order_ref: order.uuid,
    charset: 'UTF-8',
    utf8: '✓',
    ...params,
  };
}

function encode(params: Delivery['params']): string {
  return new URLSearchParams(
    Object.entries(params).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
  ).toString();
}

export function createWebhooks({ ledger, faults, merchants, repeat, post, log }: WebhookParts): Webhooks {
  const underWay = new Set<Promise<void>>();
  let abandoned = new AbortController();

  function start(work: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = abandoned;
    const running = work(signal)
      .catch((error: unknown) => {
        if (!signal.aborted) throw error;
      })
      .finally(() => underWay.delete(running));
    underWay.add(running);
  }

  function record(order: ProviderOrder, message: SequraMessage, fault: string | null): Delivery {
    const params = paramsOf(order, message);
    return ledger.addDelivery({
      at: now(),
      order_id: order.id,
      merchant_id: order.merchant_id,
      reference: order.reference,
      event: message.event,
      event_id: typeof params['event_id'] === 'string' ? params['event_id'] : null,
      params,
      state: 'under_way',
      fault,
      tries: [],
    });
  }

  async function tryOnce(delivery: Delivery, url: string, signal: AbortSignal): Promise<DeliveryState | undefined> {
    const attempt: Delivery['tries'][number] = {
      at: now(),
      duration_ms: null,
      http_status: null,
      error: null,
      redirects: 0,
      answer_lost: false,
    };
    delivery.tries.push(attempt);
    const startedMs = performance.now();
    Object.assign(attempt, await post(url, encode(delivery.params), repeat.timeoutMs, signal));
    attempt.duration_ms = Math.round(performance.now() - startedMs);
    log(`webhook ${delivery.event} ${JSON.stringify(delivery.reference)}: ${attempt.http_status ?? attempt.error}`);
    const lost = attempt.http_status === null ? null : faults.next(delivery.reference, 'webhook', ['lost_answer']);
    if (lost === null) return settledBy(attempt.http_status);
    lost.hit();
    attempt.answer_lost = true;
    return undefined;
  }

  async function deliver(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const url = merchants.find(({ id }) => id === delivery.merchant_id)?.webhookUrl ?? null;
    if (url === null) {
      delivery.state = 'withheld';
      return;
    }
    for (let repeats = 0; delivery.state === 'under_way'; repeats += 1) {
      const settled = await tryOnce(delivery, url, signal);
      delivery.state = settled ?? (repeats < repeat.repeats ? 'under_way' : 'dropped');
      if (delivery.state === 'under_way')
        await sleep(repeat.baseGapMs * repeat.factor ** repeats, undefined, { signal });
    }
  }

  function send(order: ProviderOrder, message: SequraMessage, fault: string | null = null): Delivery {
    const delivery = record(order, message, fault);
    start((signal) => deliver(delivery, signal));
    return delivery;
  }

  return {
    send: (order, message) => send(order, message),
    emit(order, event) {
      const pending = faults.next(order.reference, 'webhook', SENDING_FAULTS);
      if (pending === null) {
        send(order, { event });
        return;
      }
      const { fault, hit } = pending;
      hit();
      switch (fault.kind) {
        case 'never':
          record(order, { event }, fault.kind).state = 'withheld';
          return;
        case 'other_event':
          send(order, { event: fault.event }, fault.kind);
          return;
        case 'late':
          start(async (signal) => {
            await sleep(fault.delay_ms, undefined, { signal });
            send(order, { event }, fault.kind);
          });
          return;
        case 'duplicate': {
          const message = { event, eventId: randomUUID() };
          for (let copy = 0; copy < fault.copies; copy += 1) {
            start(async (signal) => {
              if (fault.gap_ms > 0) await sleep(copy * fault.gap_ms, undefined, { signal });
              send(order, message, fault.kind);
            });
          }
        }
      }
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    abandon() {
      abandoned.abort();
      abandoned = new AbortController();
    },
  };
}
