// A reader of an order's events: of one answer, or as a browser does, which comes again where a stream ends.
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import type { OrderView } from '../../src/order/view.ts';
import { API_KEY } from './canaries.ts';
import { checkAnswer } from './declared.ts';
import { fieldsOf, isEvent } from './events.ts';
import { orderPath } from './orders.ts';
import { noAnswer } from './till.ts';
import { until } from './waits.ts';

export type Reader = {
  /** As they came. */
  orders: OrderView[];
  /** Of each answer; null where none came, or after one that broke off. */
  statuses: (number | null)[];
  /** How many lines were comments. */
  comments: () => number;
  /** The first order, of those that have come or are to come, for which it holds. */
  sees: (what: string, holds: (order: OrderView) => boolean, waitMs?: number) => Promise<OrderView>;
  /** Until nothing more is to come. */
  ended: Promise<void>;
  close: () => void;
};

type ReaderOptions = {
  lastEventId?: string;
  /** Comes again after a stream has ended, or was refused for the time being, with the id of its last event. */
  again?: boolean;
};

const FOR_THE_TIME_BEING: readonly (number | null)[] = [200, 429, 503, null];
const AGAIN_MS = 500;

/** `url`: of the API. */
export function readEvents(url: string, id: string, { lastEventId, again = false }: ReaderOptions = {}): Reader {
  const leaving = new AbortController();
  const path = orderPath(id, '/events');
  const orders: OrderView[] = [];
  const statuses: (number | null)[] = [];
  let last = lastEventId;
  let retryMs = AGAIN_MS;
  let comments = 0;

  async function readOnce(): Promise<number> {
    const { statusCode, headers, body } = await request(url + path, {
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${API_KEY}`,
        ...(last === undefined ? {} : { 'last-event-id': last }),
      },
      signal: leaving.signal,
      headersTimeout: 0,
      bodyTimeout: 0,
      // Processes come and go on the same port.
      reset: true,
    });
    statuses.push(statusCode);
    let text = '';
    let taken = 0;
    try {
      for await (const piece of body.setEncoding('utf8') as AsyncIterable<string>) {
        text += piece;
        const blocks = text.slice(taken).split('\n\n').slice(0, -1);
        if (statusCode === 200) blocks.forEach(take);
        taken += blocks.reduce((sum, block) => sum + block.length + 2, 0);
      }
    } finally {
      const header = (name: string) => headers[name.toLowerCase()]?.toString() ?? null;
      checkAnswer({ method: 'GET', path, status: statusCode, header, body: text });
    }
    return statusCode;
  }

  function take(block: string): void {
    comments += block.split('\n').filter((line) => line.startsWith(':')).length;
    const fields = fieldsOf(block);
    if (fields.retry !== undefined) retryMs = Number(fields.retry);
    if (!isEvent(fields)) return;
    last = fields.id;
    orders.push(JSON.parse(fields.data) as OrderView);
  }

  async function readAll(): Promise<void> {
    for (;;) {
      const status = await readOnce().catch(noAnswer);
      if (status === null && !leaving.signal.aborted) statuses.push(null);
      if (!again || leaving.signal.aborted || !FOR_THE_TIME_BEING.includes(status)) return;
      await sleep(retryMs, undefined, { signal: leaving.signal }).catch(() => {});
    }
  }

  return {
    orders,
    statuses,
    comments: () => comments,
    sees: (what, holds, waitMs) =>
      until(what, () => orders.find(holds), waitMs).catch((error: unknown) => {
        throw new Error(`never saw ${what}: ${JSON.stringify({ statuses, orders }, null, 2)}`, { cause: error });
      }),
    ended: readAll(),
    close: () => leaving.abort(),
  };
}
