// The page behind the link of the SMS, where the customer signs, is declined, or leaves and comes back.
import type { Request, Response, Router } from 'express';
import express from 'express';
import { z } from 'zod';
import type { Move, MoveOutcome } from '../customer.ts';
import { isSignable, phoneOf, signingCode } from '../customer.ts';
import type { Ledger } from '../ledger.ts';
import type { ProviderOrder } from '../records.ts';
import { money } from './format.ts';
import type { Html } from '../../admin/html.ts';
import { html } from '../../admin/html.ts';
import { sendPage } from './layout.ts';

const confirmForm = z.object({ code: z.string().trim() });

const SIGNED = {
  sign: '✓',
  kind: 'good',
  title: 'All done',
  text: 'You signed your part payment. The shop has been told, and you can leave this page.',
};
const RESULTS = {
  confirmed: SIGNED,
  completed: SIGNED,
  declined: {
    sign: '✕',
    kind: 'bad',
    title: 'Not accepted',
    text: 'seQura could not accept this part payment. Ask in the shop for another way to pay.',
  },
  cancelled: {
    sign: '✕',
    kind: 'bad',
    title: 'This order was cancelled',
    text: 'The link of this SMS is no longer valid. Nothing was charged.',
  },
} as const;

function resultPage(order: ProviderOrder): { title: string; body: Html } | null {
  const state = order.status === 'pending' ? 'declined' : order.status;
  if (isSignable(order)) return null;
  const { sign, kind, title, text } = RESULTS[state];
  const body = html`<section class="card result">
    <div class="sign ${kind}" aria-hidden="true">${sign}</div>
    <h1>${title}</h1>
    <p>${text}</p>
    <p class="soft">${order.merchant_id} · ${order.reference}</p>
  </section>`;
  return { title, body };
}

function cart(order: ProviderOrder): Html {
  const lines = order.request.cart_items.map(
    ({ name, quantity, price_with_tax }) => html`
      <li class="row"><b>${name}</b><span>${quantity} × ${money(price_with_tax, order.currency)}</span></li>
    `,
  );
  return html`<section class="card">
    <h2>Your purchase at ${order.merchant_id}</h2>
    <ul>
      ${lines}
    </ul>
    <p class="row total"><span>Total</span><span>${money(order.total_with_tax, order.currency)}</span></p>
    <p class="soft">Reference ${order.reference}</p>
  </section>`;
}

function signPage(order: ProviderOrder, codeWasWrong: boolean): Html {
  const path = `/checkout/${order.uuid}`;
  const wrong = html`<p class="note bad" role="alert">That code is not right. Look at the SMS again.</p>`;
  return html`
    <h1>Hello ${order.request.given_names}, pay in parts</h1>
    ${cart(order)}
    <section class="card">
      ${codeWasWrong ? wrong : null}
      <form method="post" action="${path}/confirm">
        <label>
          Code sent to ${phoneOf(order)}
          <input
            class="code"
            name="code"
            inputmode="numeric"
            autocomplete="one-time-code"
            maxlength="5"
            required
            value="${signingCode(order)}"
          />
        </label>
        <p class="soft">This is a sandbox: the code is the end of the phone number, ${signingCode(order)}.</p>
        <button class="main">Confirm</button>
      </form>
      <div class="buttons">
        <form method="post" action="${path}/decline"><button class="bad">Decline</button></form>
        <form method="post" action="${path}/close"><button>Close</button></form>
      </div>
      <p class="soft">
        Decline: seQura refuses this customer, and tells nobody. Close: the customer leaves, and may come back.
      </p>
    </section>
  `;
}

export function checkoutPages(ledger: Ledger, moves: Record<Move, (order: ProviderOrder) => MoveOutcome>): Router {
  const withOrder =
    (show: (order: ProviderOrder, req: Request, res: Response) => void) => (req: Request, res: Response) => {
      const order = ledger.orderByUuid(String(req.params['uuid']));
      if (order !== undefined) return show(order, req, res);
      const body = html`<h1>No such order</h1>
        <p>This link belongs to no order that this simulator remembers.</p>`;
      return sendPage(res, { title: 'No such order', here: null, body }, 404);
    };

  return express
    .Router()
    .use('/checkout', express.urlencoded({ extended: false, limit: '16kb' }))
    .get(
      '/checkout/:uuid',
      withOrder((order, req, res) => {
        const codeWasWrong = req.query['code'] === 'wrong';
        const page = resultPage(order) ?? { title: 'Pay in parts', body: signPage(order, codeWasWrong) };
        sendPage(res, { ...page, here: null });
      }),
    )
    .get(
      '/checkout/:uuid/closed',
      withOrder((order, _req, res) => {
        const body = html`<section class="card result">
          <h1>See you soon</h1>
          <p>Nothing was signed. Your link stays valid.</p>
          <p><a href="/checkout/${order.uuid}">Come back</a></p>
        </section>`;
        sendPage(res, { title: 'Closed', here: null, body });
      }),
    )
    .post(
      '/checkout/:uuid/confirm',
      withOrder((order, req, res) => {
        const form = confirmForm.safeParse(req.body);
        const right = form.success && form.data.code === signingCode(order);
        if (right) moves.confirm(order);
        res.redirect(303, `/checkout/${order.uuid}${right ? '' : '?code=wrong'}`);
      }),
    )
    .post(
      '/checkout/:uuid/decline',
      withOrder((order, _req, res) => {
        moves.decline(order);
        res.redirect(303, `/checkout/${order.uuid}`);
      }),
    )
    .post(
      '/checkout/:uuid/close',
      withOrder((order, _req, res) => {
        moves.close(order);
        res.redirect(303, `/checkout/${order.uuid}/closed`);
      }),
    );
}
