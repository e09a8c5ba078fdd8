// The forms of the desk: what an operator may ask of one order, and of several. Nothing is done before he has seen what it comes to.
import { z } from 'zod';
import type { Html } from '../admin/html.ts';
import { html } from '../admin/html.ts';
import { Problem } from '../api/http/problem.ts';
import { mobileNumber } from '../api/fields/phone.ts';
import type { Action, Change } from '../ops/change.ts';
import { ACTIONS, askedIn, refusalOf } from '../ops/change.ts';
import type { Order } from '../order/order.ts';
import { allowedActions } from '../order/refusal.ts';
import { ATTENTION_REASONS, ATTENTIONS } from '../order/status.ts';
import type { ListName } from './needs.ts';
import { isReason } from './needs.ts';

/** The command line takes any number. */
export const MOST_CHANGES = 500;

const changeForm = z.object({
  action: z.enum(ACTIONS),
  note: z.string().trim().min(1).max(200),
  number: z.string().trim().max(64),
  phone: z.string().trim().max(64),
});

/** What a form asks for, and of which orders; `asked`: what each of them was seen to ask. */
export type Wanted = {
  ids: string[];
  asked: Change['asked'][];
  note: string;
  change: Omit<Change, 'id'>;
};

/** Throws `Problem` where the form cannot be meant. */
export function readChange(form: URLSearchParams, ids: string[]): Wanted {
  const field = (name: string) => form.get(name) ?? '';
  const read = changeForm.safeParse(
    Object.fromEntries(Object.keys(changeForm.shape).map((name) => [name, field(name)])),
  );
  if (!read.success) throw wrong('Say what is to be done, and why: a note of 1 to 200 characters.');
  const { action, note, number, phone } = read.data;
  if (ids.length === 0) throw wrong('No order is ticked.');
  if (ids.length > MOST_CHANGES)
    throw wrong(`At most ${MOST_CHANGES} orders at once; the command line takes any number.`);
  const needsNumber = action === 'attach';
  if (needsNumber && (number === '' || ids.length > 1)) throw wrong('`attach` takes seQura’s number, for one order.');
  const to = action === 'resend-sms' && phone !== '' ? mobileNumber(phone, null) : undefined;
  if (to === null) throw wrong('That is no mobile number with its prefix, as in +34….');
  if (to !== undefined && ids.length > 1) throw wrong('Another phone is for one order.');
  const asked = form.getAll('asked');
  return {
    ids,
    note,
    asked: ids.map((_, index) => askedIn(asked[index] ?? '')),
    change: { action, number: needsNumber ? number : undefined, phone: to },
  };
}

const wrong = (what: string) => new Problem('malformed_body', what);

const NOTE = html`<label
  >Note <span class="soft">why, for the order’s timeline, which backends read: no personal data</span
  ><input name="note" required maxlength="200" autocomplete="off"
/></label>`;

const button = (action: Action): Html =>
  html`<button name="action" value="${action}" class="${action === 'cancel' ? 'bad' : ''}">${action}</button>`;

/** The answers to what the order asks; null where it takes none. */
export function answerForm(order: Order): Html | null {
  const actions = allowedActions(order);
  if (actions.length === 0) return null;
  return html`<form method="post" action="/desk/changes">
    <input type="hidden" name="id" value="${order.id}" />
    ${NOTE}
    ${
      actions.includes('attach')
        ? html`<label
            >seQura’s number <span class="soft">for <code>attach</code></span
            ><input name="number" maxlength="64" autocomplete="off"
          /></label>`
        : null
    }
    <div class="buttons">${actions.map(button)}</div>
  </form>`;
}

/** What may be asked of any order. */
export function moreForm(order: Order): Html {
  const by = { operator: 'operator', note: 'note' };
  const actions = (['resend-sms', 'notify', 'cancel'] as const).filter(
    (action) => refusalOf(order, { id: order.id, action }, by) === null,
  );
  return html`<form method="post" action="/desk/changes">
    <input type="hidden" name="id" value="${order.id}" />
    ${NOTE}
    ${
      actions.includes('resend-sms')
        ? html`<label
            >Another phone <span class="soft">for <code>resend-sms</code>, with its prefix; empty: the order’s own</span
            ><input name="phone" type="tel" maxlength="64" autocomplete="off"
          /></label>`
        : null
    }
    <div class="buttons">${actions.map(button)}</div>
  </form>`;
}

/** What may be asked of several orders of a list; `attach` takes a number of its own for each. */
export function actionsFor(name: ListName): Action[] {
  if (name === 'stuck') return [];
  if (name === 'late') return ['resend-sms', 'notify', 'cancel'];
  const reasons = isReason(name) ? [name] : ATTENTION_REASONS;
  const answers = new Set(reasons.flatMap((reason): readonly Action[] => ATTENTIONS[reason].actions));
  answers.delete('attach');
  return [...answers, 'notify', 'cancel'];
}

/** Below a list whose items have a box to tick. */
export function bulkFields(name: ListName, age: string | undefined, count: number): Html {
  return html`<section class="card">
    <h2>Answer several</h2>
    <input type="hidden" name="of" value="${name}" /><input type="hidden" name="age" value="${age ?? ''}" />
    <fieldset>
      <legend>Which</legend>
      <label class="choice"><input type="radio" name="which" value="ticked" checked /> those that are ticked</label>
      <label class="choice"><input type="radio" name="which" value="all" /> all ${count} of this list</label>
    </fieldset>
    ${NOTE}
    <div class="buttons">${actionsFor(name).map(button)}</div>
  </section>`;
}
