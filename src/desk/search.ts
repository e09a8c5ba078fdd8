// Finds orders by whatever somebody has of them: a reference, an id, seQura's number, a phone or document number. It comes in the body of a form:
// a phone number in an address would stay in logs and histories.
import type { Html } from '../admin/html.ts';
import { html } from '../admin/html.ts';
import type { Search } from '../gateway/order-query.ts';
import { documentSpellings, phoneSpellings } from '../ops/persons.ts';
import { isReference } from '../order/ids.ts';
import { countAndMoney } from '../ops/in-words.ts';
import { orderItem, unreadableNote } from './list.ts';
import type { Chosen, Read } from './needs.ts';

const MOST_FOUND = 50;

/**
 * All that the words may be; one call for each. `ofPersons`: an operator looks. A reader who could ask whose number it is would find it out, one guess after the
 * other.
 */
export function searchesFor(words: string, ofPersons: boolean): Search[] {
  const searches: Search[] = [];
  if (isReference(words)) searches.push({ reference: words });
  if (/^[A-Za-z0-9_-]{1,64}$/.test(words)) searches.push({ sequraOrderId: words });
  if (!ofPersons) return searches;
  const phones = phoneSpellings(words);
  if (phones.length > 0) searches.push({ person: { what: 'phone', values: phones } });
  if (/^[A-Za-z0-9 ./-]{5,30}$/.test(words) && /\d{3}/.test(words))
    searches.push({ person: { what: 'document', values: documentSpellings(words) } });
  return searches;
}

export async function find(read: Read, words: string, ofPersons: boolean): Promise<Chosen> {
  const pages = await Promise.all(
    searchesFor(words, ofPersons).map((search) => read({ ...search, limit: MOST_FOUND })),
  );
  const orders = new Map(pages.flatMap(({ data }) => data).map((order) => [order.id, order]));
  return {
    orders: [...orders.values()].slice(0, MOST_FOUND),
    unreadable: [...new Set(pages.flatMap(({ unreadable }) => unreadable))],
    isAll: orders.size <= MOST_FOUND && pages.every(({ nextCursor }) => nextCursor === null),
  };
}

export function foundPage({ orders, unreadable, isAll }: Chosen): Html {
  return html`
    <h1>Found</h1>
    <p class="lead">
      ${countAndMoney(orders)}${isAll ? '' : `; there are more than ${MOST_FOUND}`}. An order that was just placed is
      found by its id, <code>order:merchant:reference</code>.
    </p>
    ${
      orders.length === 0
        ? html`<p class="card calm">
            No order has this reference, number, phone or document number. A phone number of another country is written
            with its prefix, as in +34….
          </p>`
        : html`<ul>
            ${orders.map((order) => html`<li class="card order">${orderItem(order)}</li>`)}
          </ul>`
    }
    ${unreadableNote(unreadable)}
  `;
}
