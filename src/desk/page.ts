// What every page of the desk has in common: a head without scripts or other hosts, the menu, and the headers that keep it so.
import type { Response } from 'express';
import type { Html } from '../admin/html.ts';
import { html, htmlText } from '../admin/html.ts';
import { personOf } from '../admin/people.ts';
import { STYLE_PATH } from './style.ts';

const HEADERS = {
  'Content-Security-Policy': `default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  // `no-referrer` would have the forms of a page say `Origin: null`.
  'Referrer-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
};

const MENU = { '/desk': 'What needs you', '/desk/orders?of=late': 'Late', '/desk/orders?of=stuck': 'Stuck' } as const;

/** No text of a page has it: a text would be escaped. */
const BODY = html`<!-- body -->`;

export type Page = { title: string; here?: keyof typeof MENU; body: Html };

/** What comes before the body of a page, and what comes after it. */
function layout(res: Response, { title, here }: Omit<Page, 'body'>): string[] {
  const links = Object.entries(MENU).map(([path, name]) =>
    path === here ? html`<a href="${path}" aria-current="page">${name}</a>` : html`<a href="${path}">${name}</a>`,
  );
  const { name, role } = personOf(res);
  return htmlText(
    html`<!DOCTYPE html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${title} · Orders desk</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href="${STYLE_PATH}" />
        </head>
        <body>
          <a class="skip" href="#main">To the content</a>
          <header>
            <div>
              <b>Orders desk</b>
              <nav aria-label="Desk">${links}</nav>
              <form class="find" method="post" action="/desk/search" role="search">
                <label
                  ><span class="hidden">Find orders</span
                  ><input
                    type="search"
                    name="q"
                    required
                    maxlength="300"
                    autocomplete="off"
                    placeholder="Reference, phone, document …"
                /></label>
                <button>Find</button>
              </form>
              <span class="who">${name}${role === 'reader' ? ' (reader)' : null}</span>
              ${
                res.locals.hasSession === true
                  ? html`<form method="post" action="/logout"><button>Log out</button></form>`
                  : null
              }
            </div>
          </header>
          <main id="main" tabindex="-1">${BODY}</main>
        </body>
      </html>`,
  ).split(htmlText(BODY));
}

function head(res: Response, status: number): Response {
  return res.status(status).set(HEADERS).type('html');
}

export function sendPage(res: Response, { body, ...page }: Page, status = 200): void {
  head(res, status).send(layout(res, page).join(htmlText(body)));
}

/** A page whose body is sent piece by piece. */
export function beginPage(res: Response, title: string) {
  const [before, after] = layout(res, { title });
  head(res, 200).write(before);
  return {
    write: (part: Html) => void res.write(htmlText(part)),
    end: () => void res.end(after),
  };
}
