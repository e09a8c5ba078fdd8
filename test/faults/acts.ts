// What a shop, a customer and an operator do, in a test of a fault. They do it at a service and at a site alike.
import assert from 'node:assert/strict';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { PERSON } from '../support/canaries.ts';
import { idOf, resolution } from '../support/orders.ts';
import type { Reader } from '../support/reader.ts';
import { readEvents } from '../support/reader.ts';
import type { Site } from '../support/site.ts';
import type { Till } from '../support/till.ts';
import { noAnswer } from '../support/till.ts';
import { closed, smsSent, until } from '../support/waits.ts';
import type { Answered, Case } from './court.ts';

type Here = { api: Till; simulator: Simulator };

/** `POST /v1/orders`, once. */
export function postOnce({ api }: Here, one: Case, reference = one.reference): Promise<Answered> {
  return one.posting((body) => api.place(body), { reference, ...PERSON });
}

/** Again and again until it is answered 2xx. */
export function post(here: Here, one: Case, reference = one.reference): Promise<Answered> {
  return until(`${reference} is taken`, async () => {
    const answer = await postOnce(here, one, reference).catch(noAnswer);
    return answer !== null && answer.status < 300 ? answer : null;
  });
}

/** `post`, and its SMS has been sent. */
export async function waiting(here: Here, one: Case, reference = one.reference): Promise<void> {
  const { body } = await post(here, one, reference);
  await here.api.see(body.id ?? '', 'the SMS', smsSent);
}

/** The order ends with this status, and asks no human. */
export async function ends({ api }: Here, id: string, status: string, waitMs?: number): Promise<void> {
  assert.equal((await api.see(id, 'the end', closed, waitMs)).status, status);
}

/** The customer signs, and the order ends as it should. */
export async function signs(here: Here, reference: string): Promise<void> {
  const id = idOf(reference);
  await here.api.see(id, 'the SMS', smsSent);
  here.simulator.confirm(reference);
  await ends(here, id, 'confirmed');
}

/** An operator who looks an order up at seQura, and says what is there. */
export async function lookUp({ api, simulator }: Here, id: string): Promise<void> {
  const order = await api.see(id, 'a decision', ({ status, attention }) => status !== 'creating' || attention !== null);
  if (order.attention?.reason !== 'create_outcome_unknown') return;
  const [there] = simulator.ledger.orders(order.reference);
  const found = there === undefined ? {} : { sequra_order_id: String(there.id) };
  await api.act(id, 'resolve', { ...resolution(there === undefined ? 'retry' : 'attach'), ...found });
}

/** The order is at seQura: an operator who is asked attaches it, its customer signs, and there is no other. */
export async function attachedAndSigned(here: Here, reference: string): Promise<void> {
  const { ledger } = here.simulator;
  await until('the create', () => ledger.orders(reference).length === 1);
  await lookUp(here, idOf(reference));
  await signs(here, reference);
  assert.equal(ledger.calls(reference, 'create').length, 1);
}

/** Reads the events of an order, and comes again where the stream ends, as a browser does. */
export function watches({ api }: Here, id: string): Reader {
  return readEvents(api.url, id, { again: true });
}

/** It was told at last how the order ended, and then that nothing is to come. */
export async function sawTheEnd({ api }: Here, reader: Reader, id: string): Promise<void> {
  await reader.ended;
  assert.equal(reader.statuses.at(-1), 204);
  assert.deepEqual(reader.orders.at(-1), await api.read(id));
}

export async function killWorker({ worker }: Site, one: Case): Promise<void> {
  one.proves('the worker was killed', (await worker.kill()) === 'SIGKILL');
}
