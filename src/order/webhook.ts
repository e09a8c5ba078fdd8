// A webhook's event, and the meaning of its name. seQura does not publish its event names (sequra.md), so the table is a setting with these defaults.

/** The meaning of a webhook for an order; `unknown`: no rule knows its name. */
export type WebhookKind = 'confirm' | 'cancel' | 'note' | 'unknown';

/** seQura's event as the API relays it, and as an operator may type it into the Temporal UI. */
export type SequraEvent = {
  event: string;
  event_id?: string | null | undefined;
  /** seQura's UUID of the order. */
  order_ref?: string | null | undefined;
  /** Missing if an operator typed the event: then its name decides. */
  kind?: WebhookKind | undefined;
};

export type EventNames = {
  confirm: readonly string[];
  cancel: readonly string[];
  note: readonly string[];
  reject: readonly string[];
};

export const DEFAULT_EVENT_NAMES: EventNames = {
  confirm: ['order/confirmed', 'confirmed', 'order/approved', 'approved'],
  cancel: ['order/cancelled', 'cancelled'],
  note: ['order/account_in_debt', 'order/account_up_to_date'],
  reject: ['subscriptions/*', 'needs_card', 'aml_*'],
};

/** The kind of an event name; a `*` at the end of a pattern stands for any ending. */
export function eventKind(name: string, names: EventNames = DEFAULT_EVENT_NAMES): WebhookKind | 'reject' {
  const listed = (patterns: readonly string[]) =>
    patterns.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  for (const kind of ['confirm', 'cancel', 'note', 'reject'] as const) if (listed(names[kind])) return kind;
  return 'unknown';
}

/** Deliveries with the same key are one event: the same event with the same `event_id`, or with none (http-api.md, section 6). */
export function webhookKey(webhook: SequraEvent): string {
  return `${webhook.event} ${webhook.event_id ?? ''}`;
}

/** The event's name in a key. If the `event_id` has spaces, a part of it is included. */
export function webhookName(key: string): string {
  return key.slice(0, key.lastIndexOf(' '));
}
