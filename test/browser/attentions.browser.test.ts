// Every reason for which a human must look: brought about at seQura, read in the Temporal UI, answered wrongly and rightly in its form and by HTTP.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { savedQueries } from '../../src/gateway/saved-queries.ts';
import type { OrderPolicy } from '../../src/order/request.ts';
import type { AttentionReason, ResolveAction } from '../../src/order/status.ts';
import { ATTENTIONS, STATUSES } from '../../src/order/status.ts';
import type { OrderView } from '../../src/order/view.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';
import { skipWithoutChromium } from './browser.ts';
import type { Operator } from './operator.ts';
import { startOperator } from './operator.ts';

type Outcome = (order: OrderView) => boolean;
type Trouble = {
  policy?: Partial<OrderPolicy>;
  /** What goes wrong at seQura. */
  fault?: (simulator: Simulator, reference: string) => void;
  /** What else it takes, when the customer has the link. */
  afterwards?: (service: Service, order: OrderView) => Promise<unknown>;
  /** What answers nothing, and the sentence that says so. The first is refused by HTTP as well. */
  wrong: [Wrong, ...Wrong[]];
  /** Everything that is allowed, and what it leads to: the first by the form, each other by HTTP. */
  answers: [Answer, ...Answer[]];
};
type Wrong = [typed: object, sentence: string];
/** Where nothing is allowed, what makes it clear by itself. */
type Answer = [action: ResolveAction | ((simulator: Simulator, reference: string) => void), outcome: Outcome];

const waits: Outcome = ({ status, attention }) => status === 'awaiting_customer' && attention === null;
const goesOn: Outcome = (order) => waits(order) && smsSent(order);
const ended = (status: string): Outcome => {
  return (order) => order.status === status && closed(order);
};
/** seQura gave the numbers here. */
const given = (reason: AttentionReason) => (action: ResolveAction) =>
  action !== 'attach' || reason === 'create_outcome_unknown';
const refusal = (action: string, reason: string, allowed: string) =>
  `${action} does not answer ${reason}; allowed: ${allowed}.`;

/** The two that are no matter of seQura’s have tests of their own. */
const TROUBLES: Record<Exclude<AttentionReason, 'workflow_stopped' | 'webhooks_unreachable'>, Trouble> = {
  create_outcome_unknown: {
    fault: ({ faults }, reference) => faults.set(reference, 'create', { kind: 'cut_body' }),
    wrong: [
      [resolution('dismiss'), refusal('dismiss', 'create_outcome_unknown', 'attach, retry, give_up')],
      [resolution('attach'), '`sequra_order_id` goes with `attach`, and with nothing else.'],
      [{ action: 'give_up', operator: 'ana' }, '`operator` and `note` must be texts of 1 to 200 characters.'],
      [resolution('attach, please'), '`action` must be one of attach, retry, give_up,'],
    ],
    answers: [
      ['attach', goesOn],
      ['retry', goesOn],
      ['give_up', ended('failed')],
    ],
  },
  sms_not_sent: {
    fault: ({ faults }, reference) => faults.set(reference, 'send_sms', { kind: 'refuse' }),
    wrong: [[resolution('give_up'), refusal('give_up', 'sms_not_sent', 'retry, dismiss')]],
    answers: [
      ['retry', goesOn],
      ['dismiss', waits],
    ],
  },
  cancel_refused: {
    policy: { confirmWithinSeconds: 1, settleSeconds: 1 },
    fault: ({ faults }, reference) => faults.set(reference, 'cancel', { kind: 'refuse' }),
    wrong: [[resolution('dismiss'), refusal('dismiss', 'cancel_refused', 'retry, mark_confirmed, mark_cancelled')]],
    answers: [
      ['retry', ended('expired')],
      ['mark_confirmed', ended('confirmed')],
      ['mark_cancelled', ended('cancelled')],
    ],
  },
  cancel_overdue: {
    policy: { confirmWithinSeconds: 1, cancelOverdueSeconds: 1 },
    fault: ({ faults }, reference) => faults.set(reference, 'cancel', { kind: 'http_503', times: null }),
    wrong: [[resolution('retry'), refusal('retry', 'cancel_overdue', 'nothing, it clears by itself')]],
    answers: [[({ faults }, reference) => faults.clear({ reference }), ended('expired')]],
  },
  confirm_cancel_crossed: {
    async afterwards(service, { id, reference }) {
      const { faults, ledger } = service.simulator;
      faults.set(reference, 'cancel', { kind: 'delay', delay_ms: 500, before_effect: true });
      const cancel = service.api.act(id, 'cancel');
      await until('the cancel', () => ledger.calls(reference, 'cancel').length === 1);
      service.simulator.confirm(reference);
      assert.equal((await cancel).status, 202);
    },
    wrong: [[resolution('retry'), refusal('retry', 'confirm_cancel_crossed', 'mark_confirmed, mark_cancelled')]],
    answers: [
      ['mark_confirmed', ended('confirmed')],
      ['mark_cancelled', ended('cancelled')],
    ],
  },
  unrecognised_event: {
    afterwards: async ({ simulator }, { reference }) => simulator.sendWebhook(reference, { event: 'order/teleported' }),
    wrong: [[resolution('retry'), refusal('retry', 'unrecognised_event', 'dismiss')]],
    answers: [['dismiss', waits]],
  },
};

describe('an operator who must look', { ...skipWithoutChromium(), timeout: 240_000 }, () => {
  let operator: Operator;
  let service: Service;
  before(async () => {
    operator = await startOperator();
    ({ service } = operator);
  });
  after(() => operator?.close());

  const resolve = (id: string, answer: object) => service.api.act(id, 'resolve', answer);

  async function produce(reason: keyof typeof TROUBLES, about = ''): Promise<OrderView> {
    const { policy = {}, fault, afterwards } = TROUBLES[reason];
    const reference = `${reason} ${about}`.trim();
    fault?.(service.simulator, reference);
    const order = await service.place({ request: { reference }, policy });
    if (afterwards !== undefined) await afterwards(service, await service.see(order.id, 'the SMS', smsSent));
    const held = await service.see(order.id, reason, asksHuman);
    assert.equal(held.attention?.reason, reason);
    return held;
  }

  /** `attach` takes the number that seQura's back office shows. */
  function answerWith(action: ResolveAction, { reference }: OrderView): object {
    const number = service.simulator.ledger.orders(reference)[0]?.id;
    return { ...resolution(action), ...(action === 'attach' && { sequra_order_id: String(number) }) };
  }

  async function readsWhatToDo(reason: AttentionReason, { id }: OrderView): Promise<void> {
    const { means, todo, actions } = ATTENTIONS[reason];
    await operator.open(id, 'user-metadata');
    await operator.reads(`A human must look: ${reason}`);
    await operator.reads(means);
    await operator.reads(todo.replaceAll('`', ''));
    await operator.reads(`Allowed now: ${actions.filter(given(reason)).join(', ') || 'nothing'}.`);
  }

  async function readsThatItGoesOn({ status }: OrderView): Promise<void> {
    await operator.refresh();
    await until('nobody must look', async () => !(await operator.says('A human must look')));
    await operator.reads(`${status}: ${STATUSES[status].means}.`);
  }

  for (const reason of Object.keys(TROUBLES) as (keyof typeof TROUBLES)[]) {
    const { wrong, answers } = TROUBLES[reason];
    const [[firstWrong, why]] = wrong;
    const [[first, outcome], ...others] = answers;

    test(`${reason}: is told what happened and what is allowed, why an answer is none, and answers`, async () => {
      const actions = answers.flatMap(([action]) => (typeof action === 'string' ? [action] : []));
      assert.deepEqual(actions, (ATTENTIONS[reason].actions as readonly ResolveAction[]).filter(given(reason)));
      await Promise.all([inTheUi(), ...others.map(overHttp)]);
    });

    async function inTheUi(): Promise<void> {
      const held = await produce(reason);
      await readsWhatToDo(reason, held);
      for (const [typed, sentence] of wrong) {
        await operator.send('Send an Update', 'resolve', typed);
        await operator.isRefused(sentence);
      }
      const { status, body } = await resolve(held.id, firstWrong);
      assert.deepEqual([status, body.code, body.detail], [409, 'action_not_allowed', why]);
      assert.deepEqual(await service.orders.get(held.id), held, 'a refused answer leaves no trace');
      if (typeof first === 'string') await operator.send('Send an Update', 'resolve', answerWith(first, held));
      else first(service.simulator, held.reference);
      await readsThatItGoesOn(await service.see(held.id, 'the order going on', outcome));
    }

    async function overHttp([action, leadsTo]: Answer): Promise<void> {
      if (typeof action !== 'string') return;
      const held = await produce(reason, action);
      assert.equal((await resolve(held.id, answerWith(action, held))).status, 200);
      await service.see(held.id, action, leadsTo);
    }
  }

  function queryFor(question: string): string {
    const saved = savedQueries({ now: new Date() }).find((one) => one.question === question);
    return saved?.query ?? assert.fail(`no query for ${question}`);
  }

  test('finds by the saved queries who must be looked after', async () => {
    const { id } = await produce('create_outcome_unknown', 'found');
    await operator.finds(queryFor('Which need a human?'), id);
    await operator.finds(queryFor('Which for create_outcome_unknown?'), id);
  });

  test('workflow_stopped: sees that nothing carries the order on, and what would; HTTP does', async () => {
    const reference = 'workflow_stopped';
    const { id } = await service.place({ request: { reference } });
    await service.see(id, 'the SMS', smsSent);
    await operator.open(id);
    await operator.terminate('by mistake');
    const stopped = await service.see(id, 'the stop', asksHuman);
    assert.equal(stopped.attention?.reason, 'workflow_stopped');

    await operator.finds(queryFor('Which were stopped?'), id);
    await operator.open(id);
    await operator.reads('"by mistake"');
    await operator.open(id, 'user-metadata');
    await operator.reads('Terminated');
    await operator.reads('nothing carries the order on, whatever Current Details say. By HTTP resolve with retry does');
    assert.deepEqual(await operator.actions(), ['Start Workflow Like This One']);

    const refused = await resolve(id, resolution('dismiss'));
    assert.deepEqual(
      [refused.status, refused.body.code, refused.body.detail],
      [409, 'action_not_allowed', refusal('dismiss', 'workflow_stopped', ATTENTIONS.workflow_stopped.actions.join())],
    );
    assert.equal((await resolve(id, resolution('retry'))).status, 200);
    const carriedOn = await service.see(id, 'the new run', goesOn);
    await operator.open(id, 'user-metadata');
    await readsThatItGoesOn(carriedOn);
    service.simulator.confirm(reference);
    await service.see(id, 'the end', ended('confirmed'));
    assert.equal(service.simulator.ledger.calls(reference).length, 2, 'create and SMS, once');
  });
});
