// Reads the messages that reach an order, unchecked: from the API, or typed into the Temporal UI. (zod costs too much memory in workflows.)
import type { Resolution } from './resolution.ts';
import type { SequraEvent, WebhookKind } from './webhook.ts';
import type { ResolveAction } from './status.ts';
import { ATTENTION_REASONS, RESOLVE_ACTIONS } from './status.ts';
import { tidyIdentifier, tidyPhone } from './tidy.ts';
import type { By, Order } from './order.ts';
import { distrust, opened } from './unvouched.ts';

const KINDS: readonly WebhookKind[] = ['confirm', 'cancel', 'note', 'unknown'];
const MOST_CHARACTERS = 200;

/** The event of a signal, as the codec decoded it. An untrusted one becomes an event that asks for a human. */
export function readSignal(given: unknown, order: Pick<Order, 'id' | 'policy'>, at: string): SequraEvent {
  const message = opened(given);
  const why = distrust(message, order, at);
  return why === null ? readSequraEvent(message.value) : distrusted(why);
}

export function distrusted(why: string): SequraEvent {
  return { event: `(${why})`, kind: 'unknown' };
}

/**
 * Never refuses: an unreadable event becomes one that no rule knows, so that a human looks. Every event from the API has an `event_id`, which may be
 * null: an event without the field was typed by hand.
 */
export function readSequraEvent(given: unknown): SequraEvent {
  const its = typeof given === 'string' ? { event: given } : fields(given);
  const event = text(its['event']);
  if (event === null) return { event: '(unreadable)', kind: 'unknown' };
  const kind = KINDS.find((known) => known === its['kind']);
  const eventId = 'event_id' in its ? text(its['event_id']) : undefined;
  const webhook = { event, event_id: eventId, order_ref: text(its['order_ref']) };
  return kind === undefined ? webhook : { ...webhook, kind };
}

/** The resolution, or a sentence that says what is wrong with it. */
export function readResolution(given: unknown): Resolution | string {
  const { action, operator, note, sequra_order_id: sequraOrderId, answers, asked_at: askedAt } = fields(given);
  const known = RESOLVE_ACTIONS.find((name: ResolveAction) => name === action);
  if (known === undefined) return `\`action\` must be one of ${RESOLVE_ACTIONS.join(', ')}.`;
  const words = { operator: text(operator), note: text(note) };
  if (words.operator === null || words.note === null)
    return '`operator` and `note` must be texts of 1 to 200 characters.';
  const resolution = { action: known, operator: words.operator, note: words.note, ...byTheApi(answers, askedAt) };
  if (sequraOrderId === undefined || sequraOrderId === null) return resolution;
  const id = typeof sequraOrderId === 'number' ? String(sequraOrderId) : identifier(sequraOrderId);
  if (id === null || id.length > 64) return '`sequra_order_id` must be a text of 1 to 64 characters.';
  return { ...resolution, sequra_order_id: id };
}

/** Who asked, where the message says so. */
export function readBy(given: unknown): { by?: By } {
  const { operator: who, note: why } = fields(given);
  const [operator, note] = [text(who), text(why)];
  return operator === null || note === null ? {} : { by: { operator, note } };
}

function byTheApi(answers: unknown, askedAt: unknown): Pick<Resolution, 'answers' | 'asked_at'> {
  const { reason: given, since } = fields(answers);
  const reason = ATTENTION_REASONS.find((known) => known === given);
  return {
    ...(reason === undefined || typeof since !== 'string' ? {} : { answers: { reason, since } }),
    ...(typeof askedAt === 'string' ? { asked_at: askedAt } : {}),
  };
}

/** The number for an SMS, null for the order's own, or undefined where it cannot be one (E.164). */
export function readMobilePhone(given: unknown): string | null | undefined {
  const { mobile_phone: phone = null, unreadable } = fields(given);
  if (unreadable !== undefined) return undefined;
  if (phone === null) return null;
  const number = typeof phone === 'string' ? tidyPhone(phone) : '';
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : undefined;
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** A text that tidying would leave empty is kept as typed: histories from before this rule contain such numbers. */
function identifier(value: unknown): string | null {
  const typed = text(value);
  return typed === null ? null : tidyIdentifier(typed) || typed;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.length >= 1 && value.length <= MOST_CHARACTERS ? value : null;
}
