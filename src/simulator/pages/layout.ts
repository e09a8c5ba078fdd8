// What every page of the simulator has in common: a head without scripts or other hosts, a menu, and its security headers.
import type { Response } from 'express';
import { createHash } from 'node:crypto';
import type { Html } from '../../admin/html.ts';
import { html, htmlText, trusted } from '../../admin/html.ts';
import { STYLE } from './style.ts';

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
const STYLE_ELEMENT = trusted(`<style>${STYLE}</style>`);

const HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  // `no-referrer` would have the forms of a page say `Origin: null`.
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
};

const MENU = { '/': 'Orders', '/inbox': 'Phones', '/faults': 'Faults' } as const;

/** `here`: the page's place in the menu; null: a page of the customer, which has no menu. */
export type Page = { title: string; here: keyof typeof MENU | null; body: Html };

function layout({ title, here, body }: Page): string {
  const links = Object.entries(MENU).map(([path, name]) =>
    path === here ? html`<a href="${path}" aria-current="page">${name}</a>` : html`<a href="${path}">${name}</a>`,
  );
  const menu = html`<nav aria-label="Simulator">${links}</nav>`;
  const page = html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · seQura simulator</title>
        <link rel="icon" href="data:," />
        ${STYLE_ELEMENT}
      </head>
      <body class="${here === null ? 'customer' : 'desk'}">
        <header><b>seQura simulator</b>${here === null ? html`<span>no money moves here</span>` : menu}</header>
        <main>${body}</main>
      </body>
    </html>`;
  return htmlText(page);
}

export function sendPage(res: Response, page: Page, status = 200): void {
  res.status(status).set(HEADERS).type('html').send(layout(page));
}
