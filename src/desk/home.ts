// The first page: what needs whoever looks at it, now.
import type { Html } from '../admin/html.ts';
import { html } from '../admin/html.ts';
import { age, countAndMoney, moneyOf } from '../ops/in-words.ts';
import { ATTENTION_REASONS, ATTENTIONS } from '../order/status.ts';
import type { AttentionReason } from '../order/status.ts';
import type { OrderView } from '../order/view.ts';
import { unreadableNote } from './list.ts';
import type { Chosen } from './needs.ts';
import { AGE_NAMES, AGES, isOfAge, LISTS } from './needs.ts';

export type Standing = { asking: Chosen; late: number; stuck: number };

export function homePage({ asking, late, stuck }: Standing): Html {
  const { orders, unreadable, isAll } = asking;
  const reasons = ATTENTION_REASONS.map((reason) => ({
    reason,
    orders: orders.filter(({ attention }) => attention?.reason === reason),
  })).filter((need) => need.orders.length > 0);
  return html`
    <h1>What needs you now</h1>
    <p class="lead">
      ${
        orders.length === 0
          ? 'As of now, and lists may lag some seconds.'
          : `${countAndMoney(orders)}; the oldest has waited ${age(oldest(orders))}.`
      }
      ${isAll ? null : 'There are more than were read: clear some, or use the command line.'}
    </p>
    ${
      reasons.length === 0
        ? html`<p class="card calm"><b>Nothing asks for a human.</b> Orders go their way by themselves.</p>`
        : html`<ul>
            ${reasons.map((need) => html`<li class="card need">${needItem(need.reason, need.orders)}</li>`)}
          </ul>`
    }
    ${unreadableNote(unreadable)}
    <h2>Worth a look</h2>
    <div class="tiles">
      ${tile('/desk/orders?of=late', late, 'past their deadline, and still waiting for their customer')}
      ${tile('/desk/orders?of=stuck', stuck, 'stuck: no worker can carry them on')}
    </div>
  `;
}

function oldest(orders: readonly OrderView[]): string {
  return orders.map(LISTS.attention.since).reduce((one, other) => (one < other ? one : other));
}

function needItem(reason: AttentionReason, orders: readonly OrderView[]): Html {
  const path = `/desk/orders?of=${reason}`;
  const ages = AGE_NAMES.map((name) => ({
    name,
    count: orders.filter((order) => isOfAge(LISTS.attention.since(order), name)).length,
  })).filter(({ count }) => count > 0);
  return html`
    <h2><a href="${path}">${reason}</a></h2>
    <p>${ATTENTIONS[reason].means}</p>
    <div class="sum">
      <b>${orders.length}</b> <span>${moneyOf(orders).join(', ')}</span>
      <span class="soft">oldest ${age(oldest(orders))}</span>
    </div>
    <div class="ages">
      ${ages.map(
        ({ name, count }) => html`<a class="${name}" href="${path}&amp;age=${name}">${AGES[name].words}: ${count}</a>`,
      )}
    </div>
  `;
}

function tile(path: string, count: number, what: string): Html {
  return html`<a class="card tile ${count > 0 ? 'wrong' : ''}" href="${path}"><b>${count}</b> ${what}</a>`;
}
