// Lists of orders: of one reason, late, stuck, or found by a search.
import type { Html } from '../admin/html.ts';
import { html } from '../admin/html.ts';
import { countAndMoney } from '../ops/in-words.ts';
import { ATTENTIONS } from '../order/status.ts';
import type { OrderView } from '../order/view.ts';
import { amount } from '../order/words.ts';
import { actionsFor, bulkFields } from './forms.ts';
import type { Age, Chosen, ListName } from './needs.ts';
import { AGE_NAMES, AGES, isOfAge, isReason, listOf, oldestFirst } from './needs.ts';
import { moment, orderPath, since, statusPill, withCode } from './words.ts';

const ORDERS_A_PAGE = 50;

/** `isTickable`: in a form that asks something of the ticked ones. */
export function orderItem(order: OrderView, isTickable = false): Html {
  const { id, reference, attention, confirm_by: deadline, merchant_id: merchant, store_ref: store } = order;
  const asks =
    attention === null
      ? html`placed ${since(order.created_at)} ago`
      : html`<span class="pill asks">${attention.reason}</span> waiting ${since(attention.since)}`;
  const until = deadline === null || order.closed_at !== null ? null : html` · deadline ${moment(deadline)}`;
  return html`
    ${isTickable ? html`<div class="tick"><input type="checkbox" name="id" value="${id}" aria-label="Tick ${reference}" /></div>` : null}
    <div class="name"><a href="${orderPath(id)}">${reference}</a> ${statusPill(order)}</div>
    <div class="money">${money(order)}</div>
    <div class="asks">${asks}</div>
    <div class="asks soft">${merchant} / ${store}${until}</div>
  `;
}

function money({ total_with_tax: totalCents, currency }: OrderView): string {
  return amount({ totalCents, currency });
}

/** `mayAnswer`: an operator looks, not a reader. */
export type Shown = { name: ListName; age?: Age | undefined; page: number; mayAnswer?: boolean };

const pathOf = ({ name, age, page }: Shown): string => {
  const query = new URLSearchParams({ of: name, ...(age && { age }), ...(page > 1 && { page: String(page) }) });
  return `/desk/orders?${query.toString()}`;
};

export function listPage(shown: Shown, { orders: all, unreadable, isAll }: Chosen): Html {
  const { name, age, page } = shown;
  const list = listOf(name);
  const orders = oldestFirst(
    all.filter((order) => age === undefined || isOfAge(list.since(order), age)),
    name,
  );
  const first = (page - 1) * ORDERS_A_PAGE;
  const here = orders.slice(first, first + ORDERS_A_PAGE);
  return html`
    <h1>${list.title}</h1>
    <p class="lead">
      ${isAll ? countAndMoney(orders) : `The ${countAndMoney(orders)} that were read first; there are more`}. Lists may
      lag some seconds.
    </p>
    ${
      isReason(name)
        ? html`<div class="card asking">
            <p>${withCode(ATTENTIONS[name].means)}</p>
            <p>${withCode(ATTENTIONS[name].todo)}</p>
          </div>`
        : null
    }
    ${agesOf(shown, all)}
    ${
      here.length === 0
        ? html`<p class="card calm">${orders.length === 0 ? 'None.' : 'No more on this page.'}</p>`
        : items(shown, here, orders.length)
    }
    ${pages(shown, orders.length)} ${unreadableNote(unreadable)}
  `;
}

function items({ name, age, mayAnswer = false }: Shown, here: readonly OrderView[], count: number): Html {
  if (!mayAnswer || actionsFor(name).length === 0)
    return html`<ul>
      ${here.map((order) => html`<li class="card order">${orderItem(order)}</li>`)}
    </ul>`;
  return html`<form method="post" action="/desk/changes">
    <ul>
      ${here.map((order) => html`<li class="card order ticked">${orderItem(order, true)}</li>`)}
    </ul>
    ${bulkFields(name, age, count)}
  </form>`;
}

function agesOf(shown: Shown, all: readonly OrderView[]): Html {
  const { since: sinceOf } = listOf(shown.name);
  const link = (age: Age | undefined, words: string, count: number) => {
    const path = pathOf({ ...shown, age, page: 1 });
    const text = html`${words}: ${count}`;
    return age === shown.age
      ? html`<a href="${path}" aria-current="true">${text}</a>`
      : html`<a href="${path}">${text}</a>`;
  };
  return html`<nav class="ages" aria-label="By age">
    ${link(undefined, 'all', all.length)}
    ${AGE_NAMES.map((age) => link(age, AGES[age].words, all.filter((order) => isOfAge(sinceOf(order), age)).length))}
  </nav>`;
}

function pages(shown: Shown, count: number): Html | null {
  const last = Math.max(1, Math.ceil(count / ORDERS_A_PAGE));
  if (last === 1) return null;
  const { page } = shown;
  const link = (to: number, words: string) =>
    html`<a class="button" href="${pathOf({ ...shown, page: to })}">${words}</a>`;
  return html`<nav class="pages" aria-label="Pages">
    ${page > 1 ? link(page - 1, 'Back') : null} ${page < last ? link(page + 1, 'Next') : null}
    <span class="soft">page ${page} of ${last}</span>
  </nav>`;
}

export function unreadableNote(ids: readonly string[]): Html | null {
  if (ids.length === 0) return null;
  return html`<div class="note bad">
    <p>
      ${ids.length} more cannot be read with PAYLOAD_KEYS as they are:
      ${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ' …' : null}
    </p>
  </div>`;
}
