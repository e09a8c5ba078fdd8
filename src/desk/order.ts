// The page of one order: where it stands, what it asks, and all that happened to it.
import type { Html } from '../admin/html.ts';
import { html } from '../admin/html.ts';
import type { Story } from '../gateway/story.ts';
import { age, local, utc, zone } from '../ops/in-words.ts';
import type { Order } from '../order/order.ts';
import { openAttention } from '../order/order.ts';
import type { OrderRequest } from '../order/request.ts';
import type { AttentionReason } from '../order/status.ts';
import { ATTENTIONS, STATUSES } from '../order/status.ts';
import { amount, nextStep } from '../order/words.ts';
import { answerForm, moreForm } from './forms.ts';
import { errandNote } from './errand-page.ts';
import type { Errand } from './errands.ts';
import { isUtc, moment, orderPath, statusPill, withCode } from './words.ts';

export type Links = { temporalUiUrl: string | null; docsUrl: string | null; namespace: string };

/** The newest ones; the command line tells all. */
const MOST_LINES = 300;

export type OrderPageParts = {
  order: Order;
  /** Null: it cannot be read now. */
  story: Story | null;
  links: Links;
  /** Whether the customer's data is shown as it is. */
  isRevealed: boolean;
  /** An operator looks, not a reader. */
  mayAct: boolean;
  /** What was just asked of it. */
  errand: Errand | null;
};

export function orderPage({ order, story, links, isRevealed, mayAct, errand }: OrderPageParts): Html {
  const { status, sequraOrderId, confirmBy, sms, policy } = order;
  const uiUrl = temporalUrl(order.id, links);
  return html`
    <h1>${order.reference} ${statusPill(order)}</h1>
    <p class="lead">${amount(order)} · ${order.merchantId} / ${order.storeRef}</p>
    ${errand && errandNote(errand)} ${asking(order, links, mayAct)}
    <section class="card">
      <dl>
        <dt>Status</dt>
        <dd><b>${status}</b>: ${STATUSES[status].means}</dd>
        <dt>Next</dt>
        <dd>${nextStep(order)}</dd>
        <dt>Deadline</dt>
        <dd>${confirmBy === null ? 'counts from when seQura has the order' : moment(confirmBy)}</dd>
        <dt>seQura’s number</dt>
        <dd>${sequraOrderId ?? 'not known'}</dd>
        <dt>SMS</dt>
        <dd>${sms.sent} of at most ${policy.smsLimit}, last outcome ${sms.lastOutcome ?? 'none'}</dd>
        <dt>Placed</dt>
        <dd>${moment(order.createdAt)}</dd>
        <dt>Order</dt>
        <dd><code>${order.id}</code></dd>
        ${
          uiUrl === null
            ? null
            : html`<dt>Temporal</dt>
                <dd><a href="${uiUrl}">its workflow in the Temporal UI</a></dd>`
        }
      </dl>
    </section>
    ${mayAct ? customerCard(order.id, story, isRevealed) : null}
    ${
      mayAct
        ? html`<details class="card">
            <summary>More: send the SMS again, tell the merchant again, cancel</summary>
            ${moreForm(order)}
          </details>`
        : null
    }
    <section class="card">
      <h2>What happened</h2>
      ${
        story === null
          ? html`<p class="note warn">Temporal does not tell the story now; the rest of this page is as it is.</p>`
          : storyList(story.lines)
      }
    </section>
  `;
}

function asking(order: Order, links: Links, mayAct: boolean): Html | null {
  const open = openAttention(order);
  if (open === null) return null;
  const { means, todo } = ATTENTIONS[open.reason];
  return html`<section class="card asking">
    <h2>A human must look: ${open.reason}</h2>
    <p class="soft">waiting ${age(open.since)}, since ${moment(open.since)}</p>
    <p>${withCode(means)}</p>
    <p>${withCode(todo)}</p>
    <p>${runbook(open.reason, links)}</p>
    ${mayAct ? answerForm(order) : null}
  </section>`;
}

function runbook(reason: AttentionReason, { docsUrl }: Links): Html {
  const page = `operations.md#${reason}`;
  return docsUrl === null
    ? html`<span class="soft">Runbook: <code>docs/${page}</code></span>`
    : html`<a href="${docsUrl}/${page}">Runbook: ${reason}</a>`;
}

function temporalUrl(id: string, { temporalUiUrl, namespace }: Links): string | null {
  if (temporalUiUrl === null) return null;
  return `${temporalUiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(id)}`;
}

function storyList(lines: Story['lines']): Html {
  const shown = lines.slice(-MOST_LINES);
  const left = lines.length - shown.length;
  return html`
    ${left > 0 ? html`<p class="soft">${left} older lines: <code>temporal orders show</code> tells all.</p>` : null}
    <p class="soft small">${isUtc() ? 'Times are UTC.' : `Times are ${zone()}, and UTC beside it.`}</p>
    <ol class="story ${isUtc() ? 'one' : ''}">
      ${shown.map(
        ({ at, what }) =>
          html`<li>
            <time datetime="${at}">${local(at)}</time>${isUtc() ? null : html`<time datetime="${at}">${utc(at)}</time>`}
            <span class="what ${what.startsWith('! ') ? 'asks' : ''}">${what}</span>
          </li>`,
      )}
    </ol>
  `;
}

function customerCard(id: string, story: Story | null, isRevealed: boolean): Html | null {
  if (story === null) return null;
  const { customer } = story;
  if (customer === null)
    return html`<section class="card">
      <h2>Customer</h2>
      <p class="soft">no longer kept</p>
    </section>`;
  const shown = isRevealed ? customer : masked(customer);
  return html`<section class="card">
    <h2>Customer</h2>
    <dl>
      <dt>Name</dt>
      <dd>${shown.given_names} ${shown.surnames}</dd>
      <dt>Phone</dt>
      <dd>${shown.mobile_phone}</dd>
      <dt>Document</dt>
      <dd>${shown.nin}</dd>
      <dt>Placed by</dt>
      <dd>${shown.operator_ref}</dd>
    </dl>
    ${
      isRevealed
        ? null
        : html`<form method="post" action="${orderPath(id)}/customer">
            <p></p>
            <button>Show the customer’s data</button>
          </form>`
    }
  </section>`;
}

type Customer = Pick<OrderRequest, 'given_names' | 'surnames' | 'mobile_phone' | 'nin' | 'operator_ref'>;

/** Enough to recognise what one knows, and no more. */
function masked({ given_names, surnames, mobile_phone, nin, operator_ref }: Customer): Customer {
  return {
    given_names: initials(given_names),
    surnames: initials(surnames),
    mobile_phone: lastOf(mobile_phone),
    nin: lastOf(nin),
    operator_ref: initials(operator_ref),
  };
}

const initials = (text: string) =>
  text
    .split(/\s+/)
    .map((word) => `${Array.from(word)[0] ?? ''}•••`)
    .join(' ');
const lastOf = (text: string) => `••••${Array.from(text).length > 6 ? text.slice(-3) : ''}`;
