// Times, statuses and texts as the desk writes them.
import type { Html } from '../admin/html.ts';
import { html } from '../admin/html.ts';
import { age, local, utc, zone } from '../ops/in-words.ts';
import type { OrderView } from '../order/view.ts';

export const isUtc = (): boolean => zone() === 'UTC';

/** In local time with UTC beside it: `2026-11-29 05:25:55 CET (04:25:55Z)`. */
export function moment(at: string): Html {
  const beside = isUtc() ? null : html` <span class="soft">(${utc(at)})</span>`;
  return html`<time datetime="${at}">${local(at)} ${zone()}</time>${beside}`;
}

/** `3 h`, with the moment for whoever points at it. */
export function since(at: string): Html {
  return html`<time datetime="${at}" title="${local(at)} ${zone()}">${age(at)}</time>`;
}

export function statusPill({ status }: Pick<OrderView, 'status'>): Html {
  return html`<span class="pill ${status}">${status}</span>`;
}

/** A text of ours, in which backticks mark what is typed as it stands. */
export function withCode(text: string): Html[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

export function orderPath(id: string): string {
  return `/desk/orders/${encodeURIComponent(id)}`;
}
