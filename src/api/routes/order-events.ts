// GET /v1/orders/{id}/events: the order as it is, then as it changes, until it has ended.
import { z } from 'zod';
import { EXAMPLE_ORDERS } from '../../order/example.ts';
import { isFinal } from '../../order/status.ts';
import type { OrderView } from '../../order/view.ts';
import { HEADER_VALUE } from '../http/request-headers.ts';
import { orderParams } from '../order-lookup.ts';
import { keyedRoute } from '../route.ts';
import { order } from '../schemas/order.ts';

const HEADERS = { 'X-Accel-Buffering': 'always' } as const;

export const orderEvents = keyedRoute({
  name: 'orderEvents',
  summary: 'The order as it is, then as it changes',
  description:
    'Server-sent events: `id` is the `revision`, `data` the order. Changes of one moment may be merged, the last always comes; a comment comes at least every 15 s. The stream ends when the order has ended and no human must look, and may end at any time: ask again with `Last-Event-ID`, and nothing is missed.',
  method: 'get',
  path: '/v1/orders/:id/events',
  scopes: ['orders:read'],
  request: {
    params: orderParams,
    headers: {
      'Last-Event-ID': z
        .string()
        .optional()
        .meta({
          ...HEADER_VALUE,
          description:
            'The `id` of the last event that the caller has: it gets that state no more. Anything but the present revision changes nothing.',
          examples: ['3'],
        }),
    },
  },
  produces: 'text/event-stream',
  answers: {
    200: {
      means: 'The order as it is, and each change, until it has ended and no human must look; `id` is the `revision`.',
      events: { order },
      example: `event: order\nid: ${EXAMPLE_ORDERS.confirmed.revision}\ndata: ${JSON.stringify(EXAMPLE_ORDERS.confirmed)}\n\n`,
      headers: HEADERS,
    },
    204: { means: 'It has ended, and the caller has it as it is: nothing is to come.' },
  },
  problems: { too_many_waiting: {} },
  handler({ orders, limits, draining }) {
    return async ({ order: present, headers: { 'Last-Event-ID': known }, apiKey, res }) => {
      if (isOver(present) && idOf(present) === known) return { status: 204 };
      const changes = isOver(present)
        ? null
        : orders.changes(present.id, limits.wait(apiKey, res, draining, true), present);
      return {
        status: 200,
        headers: { 'X-Accel-Buffering': 'no' },
        events: unknownStates(present, changes, known),
      };
    };
  },
});

function isOver({ status, attention }: OrderView): boolean {
  return isFinal(status) && attention === null;
}

function idOf({ revision }: OrderView): string {
  return String(revision);
}

type OrderEvent = { event: 'order'; id: string; data: OrderView };

/**
 * Every state that differs from the one before it. That the caller's last one may be none of ours, or that a reset may take the revision back,
 * makes no difference: what is there is sent.
 */
async function* unknownStates(
  present: OrderView,
  changes: AsyncIterable<OrderView | null> | null,
  known: string | undefined,
): AsyncGenerator<OrderEvent> {
  async function* states(): AsyncGenerator<OrderView | null> {
    yield present;
    if (changes !== null) yield* changes;
  }
  let last = known;
  for await (const order of states()) {
    if (order === null) return;
    const id = idOf(order);
    if (id !== last) yield { event: 'order', id, data: order };
    last = id;
    if (isOver(order)) return;
  }
}
