// What seQura says in a webhook, and what its event names mean. seQura does not publish them (sequra.md): the table is a setting with these defaults.

/** What a webhook means for an order: `unknown` where no rule knows its name. */
export type WebhookKind = 'confirm' | 'cancel' | 'note' | 'unknown';

/** seQura's event as the API relays it, and as an operator may type it into the Temporal UI. */
export type SequraEvent = {
  event: string;
  event_id?: string | null | undefined;
  /** seQura's UUID of the order. */
  order_ref?: string | null | undefined;
  /** Missing where an operator typed the event: then its name decides. */
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

/** Two deliveries with the same key are one event: same `event_id` and event, or without an id, same event (http-api.md, section 6). */
export function webhookKey(webhook: SequraEvent): string {
  return `${webhook.event} ${webhook.event_id ?? ''}`;
}

/** The event's name in a key; with all of its id up to the last space, where the id has spaces. */
export function webhookName(key: string): string {
  return key.slice(0, key.lastIndexOf(' '));
}
