// seQura's events on their way to the merchant: at least once, form-encoded, repeated with growing gaps, then dropped for good.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultBoard } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { now } from './ledger.ts';
import type { SimulatedMerchant } from './merchants.ts';
import type { Delivery, DeliveryState, ProviderOrder, WebhookTry } from './records.ts';
import type { PostWebhook } from './webhook-post.ts';

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
  /** Goes on with what an earlier process had under way. */
  resume(): void;
  /** Stops everything that is under way; what the ledger still has can be resumed. */
  abandon(): void;
};

export type WebhookParts = {
  ledger: Ledger;
  faults: FaultBoard;
  merchants: readonly SimulatedMerchant[];
  repeat: WebhookRepeat;
  post: PostWebhook;
  log: (line: string) => void;
};

/** The longest that a timer of Node.js takes. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

const SENDING_FAULTS = ['duplicate', 'late', 'never', 'other_event'] as const;

/** What an answer means; undefined: repeat. */
function settledBy(status: number | null): DeliveryState | undefined {
  if (status === null) return undefined;
  if (status === 501) return 'refused';
  return status >= 200 && status < 300 ? 'delivered' : undefined;
}

const isUnderWay = ({ duration_ms, error }: WebhookTry): boolean => duration_ms === null && error === null;

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

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

  function record(order: ProviderOrder, message: SequraMessage, fault: string | null, dueAt: string | null): Delivery {
    const params = paramsOf(order, message);
    return ledger.addDelivery({
      at: now(),
      order_id: order.id,
      merchant_id: order.merchant_id,
      reference: order.reference,
      event: message.event,
      event_id: typeof params['event_id'] === 'string' ? params['event_id'] : null,
      params,
      state: dueAt === null ? 'withheld' : 'under_way',
      due_at: dueAt,
      fault,
      tries: [],
    });
  }

  /** Records the end of a webhook's last try, and what follows from it. */
  function conclude(delivery: Delivery, last: WebhookTry): void {
    const tries = [...delivery.tries.slice(0, -1), last];
    const unsettled = tries.length > repeat.repeats ? 'dropped' : 'under_way';
    const state = (last.answer_lost ? undefined : settledBy(last.http_status)) ?? unsettled;
    const gapMs = repeat.baseGapMs * repeat.factor ** (tries.length - 1);
    ledger.changeDelivery(delivery, { tries, state, due_at: state === 'under_way' ? inMs(gapMs) : null });
  }

  async function tryOnce(delivery: Delivery, url: string, signal: AbortSignal): Promise<void> {
    const begun = { at: now(), duration_ms: null, http_status: null, error: null, redirects: 0, answer_lost: false };
    ledger.changeDelivery(delivery, { tries: [...delivery.tries, begun] });
    const startedMs = performance.now();
    const result = await post(url, encode(delivery.params), repeat.timeoutMs, signal);
    signal.throwIfAborted();
    const durationMs = Math.round(performance.now() - startedMs);
    log(`webhook ${delivery.event} ${JSON.stringify(delivery.reference)}: ${result.http_status ?? result.error}`);
    const lost = result.http_status === null ? null : faults.next(delivery.reference, 'webhook', ['lost_answer']);
    lost?.hit();
    conclude(delivery, { ...begun, ...result, duration_ms: durationMs, answer_lost: lost !== null });
  }

  async function deliver(delivery: Delivery, signal: AbortSignal): Promise<void> {
    while (delivery.due_at !== null) {
      const waitMs = Date.parse(delivery.due_at) - Date.now();
      if (waitMs > 0) {
        await sleep(Math.min(waitMs, LONGEST_SLEEP_MS), undefined, { signal });
        continue;
      }
      const url = merchants.find(({ id }) => id === delivery.merchant_id)?.webhookUrl ?? null;
      if (url === null) ledger.changeDelivery(delivery, { state: 'withheld', due_at: null });
      else await tryOnce(delivery, url, signal);
    }
  }

  function send(order: ProviderOrder, message: SequraMessage, fault: string | null = null, delayMs = 0): Delivery {
    const delivery = record(order, message, fault, inMs(delayMs));
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
          record(order, { event }, fault.kind, null);
          return;
        case 'other_event':
          send(order, { event: fault.event }, fault.kind);
          return;
        case 'late':
          send(order, { event }, fault.kind, fault.delay_ms);
          return;
        case 'duplicate': {
          const message = { event, eventId: randomUUID() };
          for (let copy = 0; copy < fault.copies; copy += 1) send(order, message, fault.kind, copy * fault.gap_ms);
        }
      }
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    resume() {
      for (const delivery of ledger.record().webhooks) {
        const last = delivery.tries.at(-1);
        if (delivery.due_at !== null && last !== undefined && isUnderWay(last))
          conclude(delivery, { ...last, error: 'simulator_ended' });
        start((signal) => deliver(delivery, signal));
      }
    },
    abandon() {
      abandoned.abort();
      abandoned = new AbortController();
    },
  };
}
