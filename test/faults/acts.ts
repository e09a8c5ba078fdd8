// What a shop, a customer and an operator do at a site, in a test of a fault.
import { PERSON } from '../support/canaries.ts';
import { idOf, resolution } from '../support/orders.ts';
import type { Site } from '../support/site.ts';
import { noAnswer } from '../support/till.ts';
import { closed, smsSent, until } from '../support/waits.ts';
import type { Answered, Case } from './court.ts';

/** `POST /v1/orders`, once. */
export function postOnce({ api }: Site, one: Case, reference = one.reference): Promise<Answered> {
  return one.posting((body) => api.place(body), { reference, ...PERSON });
}

/** Again and again until it is answered 2xx. */
export function post(site: Site, one: Case, reference = one.reference): Promise<Answered> {
  return until(`${reference} is taken`, async () => {
    const answer = await postOnce(site, one, reference).catch(noAnswer);
    return answer !== null && answer.status < 300 ? answer : null;
  });
}

/** `post`, and its SMS has been sent. */
export async function waiting(site: Site, one: Case, reference = one.reference): Promise<void> {
  const { body } = await post(site, one, reference);
  await site.api.see(body.id ?? '', 'the SMS', smsSent);
}

/** The customer signs, and the order ends as it should. */
export async function signs({ api, simulator }: Site, reference: string): Promise<void> {
  const id = idOf(reference);
  await api.see(id, 'the SMS', smsSent);
  simulator.confirm(reference);
  const { status } = await api.see(id, 'the end', closed);
  if (status !== 'confirmed') throw new Error(`${id} was signed, and is ${status}`);
}

/** An operator who looks an order up at seQura, and says what is there. */
export async function lookUp({ api, simulator }: Site, id: string): Promise<void> {
  const order = await api.see(id, 'a decision', ({ status, attention }) => status !== 'creating' || attention !== null);
  if (order.attention?.reason !== 'create_outcome_unknown') return;
  const [there] = simulator.ledger.orders(order.reference);
  const found = there === undefined ? {} : { sequra_order_id: String(there.id) };
  await api.act(id, 'resolve', { ...resolution(there === undefined ? 'retry' : 'attach'), ...found });
}
