// The first page: what needs whoever looks at it, now.
import type { Html } from '../admin/html.ts';
import { html } from '../admin/html.ts';
import { listLink, UNHEARD } from '../gateway/saved-queries.ts';
import { age, countAndMoney, moneyOf } from '../ops/in-words.ts';
import { ATTENTION_REASONS, ATTENTIONS } from '../order/status.ts';
import type { AttentionReason } from '../order/status.ts';
import type { OrderView } from '../order/view.ts';
import { unreadableNote } from './list.ts';
import type { Chosen } from './needs.ts';
import { AGE_NAMES, AGES, isOfAge, LISTS } from './needs.ts';
import type { Links } from './order.ts';

export type Standing = { asking: Chosen; late: number; stuck: number } & Record<keyof typeof UNHEARD, number>;

export function homePage({ asking, late, stuck, nearMisses, untold }: Standing, links: Links): Html {
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
      ${tile(uiList('nearMisses', links), nearMisses, 'webhooks of the last day that nearly match an order: its customer may have signed')}
      ${tile(uiList('untold', links), untold, 'notifications that a merchant’s endpoint has not taken for five minutes or more')}
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

/** In the Temporal UI: they are no orders. */
function uiList(name: keyof typeof UNHEARD, { temporalUiUrl, namespace }: Links): string | null {
  return temporalUiUrl === null ? null : listLink(temporalUiUrl, namespace, UNHEARD[name](new Date()));
}

function tile(url: string | null, count: number, what: string): Html {
  const look = `card tile${count > 0 ? ' wrong' : ''}`;
  const said = html`<b>${count}</b> ${what}`;
  return url === null ? html`<p class="${look}">${said}</p>` : html`<a class="${look}" href="${url}">${said}</a>`;
}
