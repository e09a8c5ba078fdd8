// The customers' phones: every SMS that seQura sent, with its link.
import type { Router } from 'express';
import express from 'express';
import type { LedgerReader } from '../ledger-reader.ts';
import { money, time } from './format.ts';
import { html } from '../../admin/html.ts';
import { sendPage } from './layout.ts';

type Message = { phone: string; at: string; link: string; text: string; reference: string };

/** Newest first. */
function messages(ledger: LedgerReader): Message[] {
  return ledger
    .orders()
    .flatMap((order) =>
      order.sms.map((sms) => ({
        ...sms,
        reference: order.reference,
        text: `seQura: sign your part payment of ${money(order.total_with_tax, order.currency)} at ${order.merchant_id} here:`,
      })),
    )
    .toSorted((a, b) => b.at.localeCompare(a.at));
}

export function inboxPages(ledger: LedgerReader): Router {
  const router = express.Router();

  router.get('/inbox', (_req, res) => {
    const all = messages(ledger);
    const cards = [...new Set(all.map(({ phone }) => phone))].map((phone) => {
      const list = all.filter((message) => message.phone === phone);
      return html`
        <a class="card" href="/inbox/${encodeURIComponent(phone)}">
          <span class="row"><b>${phone}</b><span class="pill">${list.length} SMS</span></span>
          <span class="soft"
            >last ${list[0] === undefined ? null : html`${time(list[0].at)}, ${list[0].reference}`}</span
          >
        </a>
      `;
    });
    const none = html`<p class="card empty">No SMS yet. An order’s first one appears here as soon as it is sent.</p>`;
    sendPage(res, {
      title: 'Phones',
      here: '/inbox',
      body: html`<h1>Phones</h1>
        ${cards.length === 0 ? none : cards}`,
    });
  });

  router.get('/inbox/:phone', (req, res) => {
    const { phone } = req.params;
    const list = messages(ledger)
      .filter((message) => message.phone === phone)
      .map(
        ({ text, link, at, reference }) => html`
          <p class="sms">${text} <a href="${link}">${link}</a></p>
          <p class="stamp">${time(at)} · order <b>${reference}</b></p>
        `,
      );
    const none = html`<p class="card empty">This phone has no SMS.</p>`;
    sendPage(res, {
      title: phone,
      here: '/inbox',
      body: html`<h1>${phone}</h1>
        ${list.length === 0 ? none : list}`,
    });
  });

  return router;
}
