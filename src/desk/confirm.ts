// Before anything is done: how many orders, how much money, what, by whom and why; and which would refuse.
import type { Html } from '../admin/html.ts';
import { html } from '../admin/html.ts';
import { askedText } from '../ops/change.ts';
import type { Planned } from '../ops/plan.ts';
import { summaryOf, whyOf } from '../ops/plan.ts';
import type { By } from '../order/order.ts';
import { openAttention } from '../order/order.ts';
import type { Wanted } from './forms.ts';

/** Orders that would refuse are left alone, as the command line leaves them. */
export function confirmPage({ change, note }: Wanted, planned: readonly Planned[], { operator }: By): Html {
  const refused = planned.filter(({ refusal }) => refusal !== null);
  const willing = planned.filter(({ refusal }) => refusal === null);
  const { action, number, phone } = change;
  return html`
    <h1>${willing.length === 0 ? 'Nothing would be done' : `${action}: go on?`}</h1>
    ${
      willing.length === 0
        ? null
        : html`<section class="card asking">
            <p><b>${summaryOf(willing)}</b></p>
            ${number === undefined ? null : html`<p>seQura’s number: <b>${number}</b></p>`}
            ${phone === undefined ? null : html`<p>To another phone: <b>${phone}</b></p>`}
            <p>by ${operator}: “${note}”</p>
            <form method="post" action="/desk/errands">
              ${willing.map(
                ({ change: { id }, order }) =>
                  html`<input type="hidden" name="id" value="${id}" /><input
                      type="hidden"
                      name="asked"
                      value="${order === null ? '' : askedText(openAttention(order))}"
                    />`,
              )}
              <input type="hidden" name="note" value="${note}" />
              <input type="hidden" name="number" value="${number ?? ''}" />
              <input type="hidden" name="phone" value="${phone ?? ''}" />
              <div class="buttons">
                <button class="main" name="action" value="${action}">Go on: ${action}</button>
                <a class="button" href="/desk">No</a>
              </div>
            </form>
          </section>`
    }
    ${
      refused.length === 0
        ? null
        : html`<p class="note warn">
            ${refused.length} would refuse it, and ${refused.length === 1 ? 'is' : 'are'} left alone: ${whyOf(refused)}
          </p>`
    }
  `;
}
