// The provider's desk: the list of orders, and of one order everything that happened to it, with buttons to make more happen.
import type { Router } from 'express';
import express from 'express';
import { z } from 'zod';
import type { Move, MoveOutcome } from '../customer.ts';
import { isSignable, MOVES } from '../customer.ts';
import { findOrders, orderQuery } from '../find-orders.ts';
import type { LedgerReader } from '../ledger-reader.ts';
import type { Ledger } from '../ledger.ts';
import type { ProviderOrder } from '../records.ts';
import type { Webhooks } from '../webhooks.ts';
import { money, time } from './format.ts';
import type { Html } from '../../admin/html.ts';
import { html } from '../../admin/html.ts';
import { sendPage } from './layout.ts';
import { orderStory } from './order-story.ts';

const SHOWN = 50;

const listQuery = orderQuery.pick({ q: true, cursor: true });
const webhookForm = z.object({ event: z.string().max(10_000), event_id: z.string().max(255) });

const BUTTONS = {
  confirm: { name: 'Confirm', style: 'main', possible: isSignable },
  decline: { name: 'Decline', style: 'bad', possible: isSignable },
  cancel: {
    name: 'Cancel',
    style: 'bad',
    possible: ({ status }) => status === 'pending' || status === 'confirmed',
  },
  complete: { name: 'Complete', style: '', possible: ({ status }) => status === 'confirmed' },
} as const satisfies Partial<
  Record<Move, { name: string; style: string; possible: (order: ProviderOrder) => boolean }>
>;

function statusPill(order: ProviderOrder): Html {
  const status = order.status === 'pending' && order.declined ? 'declined' : order.status;
  return html`<span class="pill ${status}">${status}</span>`;
}

function orderCard(order: ProviderOrder): Html {
  return html`
    <a class="card" href="/orders/${order.id}">
      <span class="row"><b>${order.reference}</b>${statusPill(order)}</span>
      <span class="row soft">
        <span>${order.id} · ${order.merchant_id} · ${order.sms.length} SMS</span
        ><span>${money(order.total_with_tax, order.currency)}</span>
      </span>
      <span class="soft">${time(order.created_at)}</span>
    </a>
  `;
}

function orderPage(order: ProviderOrder, story: Html): Html {
  const buttons = Object.entries(BUTTONS)
    .filter(([, { possible }]) => possible(order))
    .map(
      ([move, { name, style }]) =>
        html`<form method="post" action="/orders/${order.id}/${move}"><button class="${style}">${name}</button></form>`,
    );
  return html`
    <h1 class="row"><b>${order.reference}</b>${statusPill(order)}</h1>
    <section class="card">
      <p class="row">
        <span>${order.id} · ${order.merchant_id} · ${order.store_ref}</span
        ><span>${money(order.total_with_tax, order.currency)}</span>
      </p>
      <p class="soft">
        <a href="/checkout/${order.uuid}">Checkout page</a> ·
        <a href="/inbox/${encodeURIComponent(order.request.mobile_phone)}">${order.request.mobile_phone}</a>
      </p>
      <div class="buttons">${buttons}</div>
    </section>
    <section class="card">
      <h2>What happened</h2>
      ${story}
    </section>
    <section class="card">
      <h2>Send a webhook</h2>
      <form method="post" action="/orders/${order.id}/webhook">
        <label>Event<input name="event" required value="order/confirmed" /></label>
        <label>Event id (empty: a new one)<input name="event_id" /></label>
        <button>Send</button>
      </form>
    </section>
  `;
}

export type DeskParts = {
  ledger: Ledger;
  reader: LedgerReader;
  moves: Record<Move, (order: ProviderOrder) => MoveOutcome>;
  webhooks: Webhooks;
};

export function orderPages({ ledger, reader, moves, webhooks }: DeskParts): Router {
  const router = express.Router().use('/orders', express.urlencoded({ extended: false, limit: '64kb' }));

  router.get(['/', '/orders'], (req, res) => {
    const { q, cursor } = listQuery.parse(req.query);
    const { orders, next } = findOrders(ledger.record().orders, { q, cursor, limit: SHOWN });
    const none =
      q === ''
        ? 'No orders yet. They appear here when a backend creates them.'
        : 'No order is called anything like it.';
    const older = (from: string) => `/orders?${new URLSearchParams({ q, cursor: from }).toString()}`;
    const body = html`<h1>Orders</h1>
      <form class="find" method="get" action="/orders">
        <label>Find by reference, phone or number<input type="search" name="q" value="${q}" /></label>
      </form>
      ${orders.length === 0 ? html`<p class="card empty">${none}</p>` : orders.map(orderCard)}
      ${next === null ? null : html`<p><a href="${older(next)}">Older orders</a></p>`}`;
    sendPage(res, { title: 'Orders', here: '/', body });
  });

  router.param('id', (_req, res, next, id: string) => {
    const order = ledger.order(Number(id));
    if (order === undefined) {
      sendPage(res, { title: 'No such order', here: '/', body: html`<h1>No such order</h1>` }, 404);
      return;
    }
    res.locals['order'] = order;
    next();
  });

  router.get('/orders/:id', (_req, res) => {
    const order = res.locals['order'] as ProviderOrder;
    const deliveries = reader.webhooks(order.reference).filter((delivery) => delivery.order_id === order.id);
    sendPage(res, { title: order.reference, here: '/', body: orderPage(order, orderStory(order, deliveries)) });
  });

  for (const move of MOVES) {
    router.post(`/orders/:id/${move}`, (_req, res) => {
      const order = res.locals['order'] as ProviderOrder;
      moves[move](order);
      res.redirect(303, `/orders/${order.id}`);
    });
  }

  router.post('/orders/:id/webhook', (req, res) => {
    const order = res.locals['order'] as ProviderOrder;
    const { event, event_id } = webhookForm.parse(req.body);
    webhooks.send(order, { event, ...(event_id === '' ? {} : { eventId: event_id }) });
    res.redirect(303, `/orders/${order.id}`);
  });

  return router;
}
