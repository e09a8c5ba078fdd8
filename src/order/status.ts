// The tables of the lifecycle: statuses, the moves between them, and what needs a human. Everything else derives from these.

/** Statuses of an order; `final` ones close the workflow (http-api.md, section 4). */
export const STATUSES = {
  creating: {
    final: false,
    means: 'being created at seQura',
    moves: ['awaiting_customer', 'cancelling', 'confirmed', 'cancelled', 'failed'],
  },
  awaiting_customer: {
    final: false,
    means: 'exists at seQura; the customer has been, or is being, sent the link',
    moves: ['cancelling', 'confirmed', 'cancelled'],
  },
  cancelling: {
    final: false,
    means: 'a cancel is on its way (asked for, or at the deadline)',
    moves: ['confirmed', 'expired', 'cancelled', 'cancellation_requested'],
  },
  confirmed: { final: true, means: 'the customer signed', moves: ['cancelling', 'cancelled'] },
  expired: {
    final: true,
    means: 'the customer did not confirm in time; cancelled at seQura',
    moves: ['confirmed', 'cancelled'],
  },
  cancelled: { final: true, means: 'cancelled on request', moves: ['confirmed'] },
  cancellation_requested: {
    final: true,
    means: 'cancelled after it was confirmed: seQura asked the financing provider',
    moves: ['cancelled'],
  },
  failed: { final: true, means: 'no order exists at seQura', moves: ['confirmed', 'cancelled'] },
} as const satisfies Record<string, { final: boolean; means: string; moves: readonly string[] }>;

export type OrderStatus = keyof typeof STATUSES;
export const ORDER_STATUSES = Object.keys(STATUSES) as OrderStatus[];

export function isFinal(status: OrderStatus): boolean {
  return STATUSES[status].final;
}

/** Whether a cancel has nothing left to do. */
export function isCancelled(status: OrderStatus): boolean {
  return status === 'cancelled' || status === 'expired' || status === 'cancellation_requested';
}

/** The answers of an operator to an attention (http-api.md, section 5). */
export const RESOLVE_ACTIONS = ['attach', 'retry', 'give_up', 'mark_confirmed', 'mark_cancelled', 'dismiss'] as const;
export type ResolveAction = (typeof RESOLVE_ACTIONS)[number];

/** Why a human must look, most pressing first. If several are open, the API shows the first. */
export const ATTENTIONS = {
  workflow_stopped: {
    means:
      'The workflow was terminated or failed before the order was final: nothing carries it on or watches its deadline.',
    todo: '`retry` carries the order on in a new run: by every way but the Temporal UI’s form.',
    actions: ['retry'],
  },
  create_outcome_unknown: {
    means: 'The create request may have reached seQura; nobody knows whether an order exists.',
    todo: 'Look the reference up in seQura’s back office. It is there: `attach` with its number as `sequra_order_id`. It is not: `retry` creates it after all (ends it as cancelled where a cancel was asked for), `give_up` ends it as failed.',
    actions: ['attach', 'retry', 'give_up'],
  },
  confirm_cancel_crossed: {
    means: 'A confirmation and a cancel contradict each other. The shop should hand over and refund nothing meanwhile.',
    todo: 'Look the order up in seQura’s back office. The sale stands: `mark_confirmed`. It does not: `mark_cancelled`.',
    actions: ['mark_confirmed', 'mark_cancelled'],
  },
  cancel_refused: {
    means: 'seQura refused the cancel, and no confirmation came that would explain it.',
    todo: 'Look the order up in seQura’s back office. Open, and what was refused is put right: `retry`. Signed: `mark_confirmed`. Cancelled: `mark_cancelled`.',
    actions: ['attach', 'retry', 'mark_confirmed', 'mark_cancelled'],
  },
  cancel_overdue: {
    means: 'The cancel has been failing for longer than the merchant’s limit. It goes on being tried.',
    todo: 'Find out why seQura does not answer. There is nothing to resolve: this clears by itself when it does.',
    actions: [],
  },
  webhooks_unreachable: {
    means:
      'The deadline passed while the address for webhooks did not answer: the customer may have signed, and seQura could not tell us.',
    todo: 'Find out why seQura cannot reach the API. The cancel waits until the address has answered again for the settle time; `dismiss` lets it go out now.',
    actions: ['dismiss'],
  },
  sms_not_sent: {
    means:
      'seQura refused the SMS, the tries ran out, or the phone has had its SMS of today: the customer may have no link.',
    todo: '`retry` sends it again, the update `send_sms` sends it to another number, `dismiss` leaves it. At the deadline the order is cancelled as always.',
    actions: ['attach', 'retry', 'dismiss'],
  },
  unrecognised_event: {
    means: 'seQura sent an event whose name no rule knows.',
    todo: 'Does its name confirm or cancel the order: send it again as the signal `sequra_event`, with its `kind`. Then `dismiss`.',
    actions: ['dismiss'],
  },
} as const satisfies Record<string, { means: string; todo: string; actions: readonly ResolveAction[] }>;

export type AttentionReason = keyof typeof ATTENTIONS;
export const ATTENTION_REASONS = Object.keys(ATTENTIONS) as AttentionReason[];

export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
