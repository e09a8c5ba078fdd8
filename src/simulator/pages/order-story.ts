// One order's part of the ledger in the order of time: calls, what they changed, and webhooks with their tries.
import type { Call, Delivery, Effect, ProviderOrder } from '../records.ts';
import { time } from './format.ts';
import type { Html } from '../../admin/html.ts';
import { html } from '../../admin/html.ts';

const EFFECTS: Record<Effect, string> = {
  created: 'Order created',
  sms_sent: 'SMS sent',
  confirmed: 'Customer signed',
  declined: 'Customer declined (nobody is told)',
  closed: 'Customer left the checkout',
  cancelled: 'Order cancelled',
  financing_asked: 'Cancelled after it was confirmed: the financing provider is asked',
  completed: 'Order completed',
};

type Line = { at: string; rank: number; text: Html };

const callText = ({ kind, http_status, outcome, fault }: Call) =>
  html`Call <code>${kind}</code>: ${http_status === null ? '' : `${http_status}, `}${outcome.replaceAll('_', ' ')}
    ${fault === null ? null : html`<span class="pill cancelled">${fault}</span>`}`;

const deliveryText = ({ event, event_id, state, fault }: Delivery) =>
  html`Webhook <code>${event}</code> ${state.replaceAll('_', ' ')}
    ${fault === null ? null : html`<span class="pill cancelled">${fault}</span>`}
    <span class="soft">${event_id === null ? 'without event_id' : event_id}</span>`;

const tryText = ({ http_status, error, duration_ms, answer_lost }: Delivery['tries'][number], index: number) =>
  html`Webhook try ${index + 1}: ${http_status ?? error ?? 'under way'}${answer_lost ? ', answer lost' : ''}
    <span class="soft">${duration_ms === null ? '' : `${duration_ms} ms`}</span>`;

export function orderStory(order: ProviderOrder, deliveries: Delivery[]): Html {
  const lines: Line[] = [
    ...order.calls.map((call) => ({ at: call.at, rank: 0, text: callText(call) })),
    ...order.effects.map(({ at, effect }) => ({ at, rank: 1, text: html`<b>${EFFECTS[effect]}</b>` })),
    ...deliveries.map((delivery) => ({ at: delivery.at, rank: 2, text: deliveryText(delivery) })),
    ...deliveries.flatMap(({ tries }) =>
      tries.map((one, index) => ({ at: one.at, rank: 3, text: tryText(one, index) })),
    ),
  ];
  const sorted = lines.toSorted((a, b) => a.at.localeCompare(b.at) || a.rank - b.rank);
  return html`<ol>
    ${sorted.map(({ at, text }) => html`<li>${text}<br /><span class="soft">${time(at)}</span></li>`)}
  </ol>`;
}
