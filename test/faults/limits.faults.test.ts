// Faults 43 and 44: Temporal takes no more updates or signals of an order, or no more lists. Whoever asks is told when to ask again, and
// nothing is lost or done twice.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GRPC, grpcStatus } from '../../src/temporal/grpc-status.ts';
import { idOf, resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import type { OrderAnswer } from '../support/till.ts';
import { asksHuman, closed, until } from '../support/waits.ts';
import { ends, signs, waiting } from './acts.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';

/** Production's, each a hundredth; at a time a fifth. */
const OF_AN_ORDER = {
  'history.maxInFlightUpdates': 2,
  'history.maxTotalUpdates': 20,
  'history.maximumSignalsPerExecution': 100,
  'limit.historyCount.suggestContinueAsNew': 41,
};
const LISTS_A_SECOND = 10;
const OF_LISTS = { 'frontend.namespaceRPS.visibility': LISTS_A_SECOND };

/** What an answer that refuses for now has to say. */
function isForNow({ status, headers, body }: OrderAnswer): boolean {
  if (status !== 503) return false;
  assert.equal(body.code, 'temporal_unavailable');
  assert.ok(Number(headers['retry-after']) > 0);
  return true;
}

describe('more than Temporal takes of one order', { concurrency: 5 }, () => {
  let service: Service;
  before(async () => {
    service = await startService({ policy: { settleSeconds: 1, smsLimit: 20 }, dynamicConfig: OF_AN_ORDER });
  });
  after(() => service.close());
  const fault = openCourt(import.meta.url, () => service);

  const { faults, ledger } = {
    faults: () => service.simulator.faults,
    ledger: () => service.simulator.ledger,
  };
  const handle = (one: Case) => service.client.workflow.getHandle(one.id);
  const runId = async (one: Case) => (await handle(one).describe()).runId;
  const webhook = ({ reference }: Case, event: string, id: string) =>
    service.webhook({ event, event_id: id, order_ref_1: reference });

  fault(43, 'many SMS asked for at once: each is sent, or refused for now', async (one) => {
    await waiting(service, one);
    faults().set(one.reference, 'send_sms', { kind: 'delay', delay_ms: 500, before_effect: true, times: 2 });
    const phones = Array.from({ length: 12 }, (_, n) => `+346661234${10 + n}`);
    const answers = await Promise.all(
      phones.map((mobile_phone) => service.api.act(one.id, 'send_sms', { mobile_phone })),
    );
    one.proves('Temporal took no more', answers.filter(isForNow).length);
    assert.ok(
      answers.every((answer) => isForNow(answer) || answer.status < 300),
      JSON.stringify(answers),
    );
    const taken = phones.filter((_, n) => (answers[n]?.status ?? 0) < 300);
    const sent = () =>
      ledger()
        .orders(one.reference)[0]
        ?.sms.slice(1)
        .map(({ phone }) => phone) ?? [];
    const calls = () => ledger().calls(one.reference, 'send_sms').length;
    const isDone = () => calls() > taken.length && taken.every((phone) => sent().includes(phone));
    // Where it does not come, the next line says what is missing.
    await until('what was taken is sent', isDone).catch(() => {});
    assert.deepEqual(sent().toSorted(), taken, 'what was taken, each once, and nothing that was refused');
    assert.equal(calls(), 1 + taken.length);
    assert.equal((await service.api.act(one.id, 'send_sms')).status, 200);
    await signs(service, one.reference);
  });

  fault(43, 'cancels that wait for seQura leave room for each other, and for more', async (one) => {
    await waiting(service, one);
    faults().set(one.reference, 'cancel', { kind: 'http_503', times: null });
    const answers = await Promise.all(Array.from({ length: 12 }, () => service.api.act(one.id, 'cancel')));
    for (const { status, body } of answers) assert.deepEqual([status, body.order?.status], [202, 'cancelling']);
    assert.equal((await service.api.act(one.id, 'cancel')).status, 202);
    // As many as were typed in the Temporal UI, where each is another one.
    const typed = await Promise.allSettled(
      Array.from({ length: 4 }, (_, n) =>
        handle(one).startUpdate('cancel', { waitForStage: 'ACCEPTED', updateId: `typed ${n}` }),
      ),
    );
    const refused = typed.filter(
      (end) => end.status === 'rejected' && grpcStatus(end.reason) === GRPC.RESOURCE_EXHAUSTED,
    );
    one.proves('Temporal took no more', refused.length);
    faults().clear({ reference: one.reference });
    await ends(service, one.id, 'cancelled');
    assert.equal(ledger().orders(one.reference)[0]?.status, 'cancelled');
  });

  fault(43, 'the places are taken by others: refused for now, and carried out when it is repeated', async (one) => {
    await waiting(service, one);
    faults().set(one.reference, 'cancel', { kind: 'http_503', times: null });
    for (const updateId of ['typed 1', 'typed 2'])
      await handle(one).startUpdate('cancel', { waitForStage: 'ACCEPTED', updateId });
    const answer = await service.api.act(one.id, 'cancel');
    one.proves('Temporal took no more', isForNow(answer));
    assert.equal((await service.see(one.id, 'itself', () => true)).status, 'cancelling');
    faults().clear({ reference: one.reference });
    await service.see(one.id, 'the end', closed);
    assert.deepEqual([(await service.api.act(one.id, 'cancel')).status], [200]);
  });

  fault(43, 'more commands than a run takes: another run goes on', async (one) => {
    await waiting(service, one);
    const first = await runId(one);
    const times = OF_AN_ORDER['history.maxTotalUpdates'] + 5;
    for (let n = 0; n < times; n += 1) {
      assert.equal(await webhook(one, `order/unheard_of_${n}`, String(n)), 200);
      await service.see(one.id, 'the question', asksHuman);
      const { status } = await until('an answer', async () => {
        const answer = await service.api.act(one.id, 'resolve', {
          ...resolution('dismiss'),
          note: `looked it up: ${n}`,
        });
        return isForNow(answer) ? null : answer;
      });
      assert.equal(status, 200);
    }
    one.proves('its run took no more', (await runId(one)) !== first);
    const { timeline } = await service.see(one.id, 'no question', ({ attention }) => attention === null);
    assert.equal(timeline.filter(({ event }) => event === 'resolved').length, times);
    await signs(service, one.reference);
  });

  fault(43, 'more webhooks than a run takes, while no task ends: those that were refused come again', async (one) => {
    await waiting(service, one);
    faults().set(one.reference, 'cancel', { kind: 'http_503', times: null });
    assert.equal((await service.api.act(one.id, 'cancel')).status, 202);
    const most = OF_AN_ORDER['history.maximumSignalsPerExecution'];
    const answers: number[] = [];
    for (let n = 0; n < most + 20; n += 1) answers.push(await webhook(one, 'order/account_in_debt', String(n)));
    one.proves('Temporal took no more', answers.filter((status) => status === 503).length);
    assert.equal(answers.filter((status) => status === 200).length, most);
    service.simulator.confirm(one.reference);
    await until('a try', () => ledger().webhooks(one.reference)[0]?.tries[0]?.http_status === 503);
    faults().clear({ reference: one.reference });
    const order = await service.see(one.id, 'the question', asksHuman);
    assert.equal(order.attention?.reason, 'confirm_cancel_crossed');
    await until('the repeat', () =>
      ledger()
        .webhooks(one.reference)
        .every(({ state }) => state === 'delivered'),
    );
  });
});

describe('more than Temporal takes with every worker away', () => {
  let service: Service;
  before(async () => (service = await startService({ dynamicConfig: OF_AN_ORDER })));
  after(() => service.close());
  const fault = openCourt(import.meta.url, () => service);

  fault(43, 'a confirmation behind more webhooks than a run takes: it is heard when workers are back', async (one) => {
    await waiting(service, one);
    await service.stopWorker();
    const most = OF_AN_ORDER['history.maximumSignalsPerExecution'];
    const note = (n: number) =>
      service.webhook({ event: 'order/account_in_debt', event_id: String(n), order_ref_1: one.reference });
    for (let n = 0; n < most; n += 1) assert.equal(await note(n), 200);
    assert.equal(await note(most), 503);
    service.simulator.confirm(one.reference);
    const tries = () => service.simulator.ledger.webhooks(one.reference)[0]?.tries ?? [];
    one.proves('Temporal took no more', await until('a try', () => tries()[0]?.http_status === 503));
    await service.startWorker();
    await ends(service, one.id, 'confirmed');
  });
});

describe('more lists than Temporal takes', () => {
  let service: Service;
  before(async () => (service = await startService({ policy: { settleSeconds: 1 }, dynamicConfig: OF_LISTS })));
  after(() => service.close());
  const fault = openCourt(import.meta.url, () => service);
  const list = (query: string) => service.api.call(`/v1/orders?${query}`);

  fault(44, 'sixty different lists at once: each is answered within five seconds, or refused for now', async (one) => {
    await one.posting((body) => service.api.place(body, { prefer: 'wait=20' }));
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => list(`limit=${n + 1}`)));
    for (const answer of answers) {
      assert.ok(isForNow(answer) || answer.status === 200, String(answer.status));
      assert.ok(answer.ms < 6_000, `after ${answer.ms} ms`);
    }
    one.proves('more than Temporal takes in that time', answers.length > 5 * LISTS_A_SECOND);
    assert.ok(answers.filter(({ status }) => status === 200).length >= 3 * LISTS_A_SECOND, 'most are answered');
    await signs(service, one.reference);
  });

  fault(44, 'refused all the time: orders go on, and only what needs a list has to be repeated', async (one) => {
    const crowd = listing(service);
    try {
      await until('Temporal refuses lists', () => crowd.refused() > LISTS_A_SECOND);
      await waiting(service, one);
      assert.equal((await service.api.act(one.id, 'send_sms')).status, 200);

      const held = one.another('held');
      const heldId = idOf(held);
      service.simulator.faults.set(held, 'create', { kind: 'timeout_after_effect' });
      await one.posting((body) => service.api.place(body), { reference: held });
      await service.see(heldId, 'the question', asksHuman);
      const there = { sequra_order_id: String(service.simulator.ledger.orders(held)[0]?.id) };
      const attach = () => service.api.act(heldId, 'resolve', { ...resolution('attach'), ...there });
      const listed = await list('attention=true');
      assert.ok(isForNow(listed) || listed.status === 200, JSON.stringify(listed.body));
      const attached = await attach();
      assert.ok(isForNow(attached) || attached.status === 200, JSON.stringify(attached.body));

      await service.client.workflow.getHandle(one.id).terminate('a mistake');
      assert.equal((await service.api.act(one.id, 'resolve', resolution('retry'))).status, 200);
      await signs(service, one.reference);
      one.proves('Temporal refused lists', crowd.refused());
      crowd.stop();
      if (attached.status !== 200) await until('the attach', async () => !isForNow(await attach()));
      assert.equal((await service.api.act(heldId, 'cancel')).status, 200);
      await ends(service, heldId, 'cancelled');
    } finally {
      crowd.stop();
    }
  });
});

/** Somebody else who lists all the time. */
function listing({ client }: Service): { refused: () => number; stop: () => void } {
  let refused = 0;
  const stopped = new AbortController();
  const lists = async () => {
    while (!stopped.signal.aborted) {
      await client.workflowService
        .countWorkflowExecutions({ namespace: 'default', query: '' })
        .catch((error: unknown) => {
          if (grpcStatus(error) === GRPC.RESOURCE_EXHAUSTED) refused += 1;
        });
      await sleep(20);
    }
  };
  for (let n = 0; n < 6; n += 1) void lists();
  return { refused: () => refused, stop: () => stopped.abort() };
}
