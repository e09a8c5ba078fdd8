// `npm run histories:keep`: leads one order to each ending and keeps its history under test/histories/, without encryption so that a
// change can be read. Kept histories of released code stay; a name that exists already is left alone.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { orderWorkflowId } from '../src/order/ids.ts';
import { confirmation, resolution } from '../test/support/orders.ts';
import { reset } from '../test/support/resets.ts';
import type { Service } from '../test/support/service.ts';
import { startService } from '../test/support/service.ts';
import { asksHuman, closed, smsSent, until } from '../test/support/waits.ts';

const FOLDER = fileURLToPath(new URL('../test/histories/', import.meta.url));

type Life = (service: Service, reference: string) => Promise<void>;

async function awaiting(service: Service, reference: string, policy = {}): Promise<string> {
  const { id } = await service.place({ request: { reference }, policy });
  await service.see(id, 'the SMS', smsSent);
  return id;
}

const ENDINGS: Record<string, Life> = {
  async confirmed(service, reference) {
    const id = await awaiting(service, reference);
    await service.orders.webhook('merchant_1', reference, confirmation);
    await service.orders.webhook('merchant_1', reference, confirmation);
    await service.see(id, 'the end', closed);
  },
  async expired(service, reference) {
    await service.see(await awaiting(service, reference, { confirmWithinSeconds: 1 }), 'the end', closed);
  },
  async cancelled(service, reference) {
    await service.orders.cancel(await awaiting(service, reference));
  },
  async cancellation_requested(service, reference) {
    const id = await awaiting(service, reference);
    await service.orders.webhook('merchant_1', reference, confirmation);
    await service.see(id, 'the end', closed);
    await service.pass(500);
    await service.orders.cancel(id);
  },
  async failed(service, reference) {
    service.simulator.faults.set(reference, 'create', { kind: 'refuse', status: 422 });
    const { id } = await service.place({ request: { reference } });
    await service.see(id, 'the end', closed);
  },
  async 'create outcome unknown, attached'(service, reference) {
    service.simulator.faults.set(reference, 'create', { kind: 'reset_after_effect' });
    const { id } = await service.place({ request: { reference } });
    await service.see(id, 'the attention', asksHuman);
    const [order] = service.simulator.ledger.orders(reference);
    await service.orders.resolve(id, { ...resolution('attach'), sequra_order_id: String(order?.id) });
    await service.see(id, 'the SMS', smsSent);
    await service.orders.sendSms(id, '+34677123456');
    await service.orders.webhook('merchant_1', reference, confirmation);
    await service.see(id, 'the end', closed);
  },
  async 'cancel refused, marked cancelled'(service, reference) {
    service.simulator.faults.set(reference, 'cancel', { kind: 'refuse', status: 422 });
    const id = await awaiting(service, reference, { settleSeconds: 1, confirmWithinSeconds: 1 });
    await service.see(id, 'the attention', asksHuman);
    await service.orders.resolve(id, resolution('mark_cancelled'));
  },
  async 'late confirmation, marked confirmed'(service, reference) {
    const id = await awaiting(service, reference, { confirmWithinSeconds: 1 });
    await service.see(id, 'the end', closed);
    await service.pass(500);
    await service.orders.webhook('merchant_1', reference, confirmation);
    await service.see(id, 'the attention', asksHuman);
    await service.orders.resolve(id, resolution('mark_confirmed'));
  },
  async 'told of, and recreated'(service, reference) {
    service.simulator.faults.set(reference, 'create', { kind: 'reset_after_effect', times: 1 });
    await awaiting(service, reference, { notify: true, onCreateOutcomeUnknown: 'recreate' });
    await service.orders.webhook('merchant_1', reference, confirmation);
  },
  async 'SMS lost twice, dismissed'(service, reference) {
    service.simulator.faults.set(reference, 'send_sms', { kind: 'reset_after_effect', times: null });
    const { id } = await service.place({ request: { reference } });
    await service.see(id, 'the attention', asksHuman);
    await service.orders.resolve(id, resolution('dismiss'));
    await service.orders.webhook('merchant_1', reference, confirmation);
    await service.see(id, 'the end', closed);
  },
  async 'crossed, marked confirmed'(service, reference) {
    service.simulator.faults.set(reference, 'cancel', { kind: 'delay', delay_ms: 500 });
    const id = await awaiting(service, reference);
    const cancel = service.orders.cancel(id);
    await service.see(id, 'the cancel', () => service.simulator.ledger.calls(reference, 'cancel').length === 1);
    await service.orders.webhook('merchant_1', reference, confirmation);
    await cancel;
    await service.see(id, 'the attention', asksHuman);
    await service.orders.resolve(id, resolution('mark_confirmed'));
  },
  async 'cancel overdue, and answered'(service, reference) {
    service.simulator.faults.set(reference, 'cancel', { kind: 'http_503', times: 2 });
    const id = await awaiting(service, reference, { cancelOverdueSeconds: 1, confirmWithinSeconds: 1 });
    await service.see(id, 'the end', closed);
  },
  async 'terminated, carried on'(service, reference) {
    const id = await awaiting(service, reference);
    await service.client.workflow.getHandle(id).terminate('to be kept');
    await service.orders.resolve(id, resolution('retry'));
    await service.orders.webhook('merchant_1', reference, confirmation);
    await service.see(id, 'the end', closed);
  },
  async 'signed and stopped while creating'(service, reference) {
    service.simulator.faults.set(reference, 'create', { kind: 'delay', delay_ms: 1_000 });
    const { id } = await service.place({ request: { reference } });
    await until('the create', () => service.simulator.ledger.hits(reference, 'create', 'delay') === 1);
    await service.orders.webhook('merchant_1', reference, confirmation);
    await service.see(id, 'the webhook', ({ timeline }) => timeline.at(-1)?.event === 'webhook_noted');
    await service.client.workflow.getHandle(id).terminate('to be kept');
    await service.orders.resolve(id, resolution('retry'));
    await service.see(id, 'the end', closed);
  },
  async 'SMS asked for past the deadline'(service, reference) {
    service.simulator.faults.set(reference, 'send_sms', { kind: 'refuse', status: 422, times: null });
    const { id } = await service.place({ request: { reference }, policy: { confirmWithinSeconds: 1 } });
    const { confirm_by: confirmBy } = await service.see(id, 'the attention', asksHuman);
    await service.pass(Math.max(0, Date.parse(confirmBy ?? '') - Date.now() - 250));
    // Each is asked for before the one before has ended, so that one is always waiting.
    const askers = Array.from({ length: 6 }, async () => {
      while (!closed(await service.see(id, 'it', () => true))) await service.orders.sendSms(id, null).catch(() => {});
    });
    await Promise.all(askers);
  },
  async 'reset, reminded'(service, reference) {
    const id = await awaiting(service, reference);
    await service.orders.sendSms(id, null);
    await service.orders.webhook('merchant_1', reference, {
      event: 'order/account_in_debt',
      event_id: 'd',
      kind: 'note',
    });
    await service.see(id, 'the webhook', ({ timeline }) => timeline.at(-1)?.event === 'webhook_noted');
    await reset(service.client, id);
    await service.see(id, 'what it knew', ({ sms }) => sms.sent === 2);
    await service.orders.webhook('merchant_1', reference, confirmation);
    await service.see(id, 'the end', closed);
  },
  async 'asked for with keys, and reset'(service, reference) {
    const id = await awaiting(service, reference);
    const key = (name: string) => ({ id: name, request: name, summary: name });
    await service.orders.sendSms(id, null, key('an-SMS'));
    await reset(service.client, id);
    await service.orders.sendSms(id, null, key('an-SMS'));
    await service.orders.cancel(id, key('a-cancel'));
    await service.see(id, 'the end', closed);
  },
  async 'asked for by name'(service, reference) {
    const id = await awaiting(service, reference);
    await service.orders.sendSms(id, null, null, { operator: 'ana', note: 'lost link' });
    await service.orders.cancel(id, null, { operator: 'ana', note: 'unwanted' });
    await service.see(id, 'the end', closed);
  },
  async 'silence, reminded'(service, reference) {
    const id = await awaiting(service, reference, { smsReminderAfterSeconds: 1 });
    await service.see(id, 'the reminder', ({ sms }) => sms.sent === 2);
    await service.orders.webhook('merchant_1', reference, confirmation);
    await service.see(id, 'the end', closed);
  },
  async 'signed in few events'(service, reference) {
    await awaiting(service, reference);
    await service.orders.webhook('merchant_1', reference, confirmation);
    await service.see(orderWorkflowId('merchant_1', reference), 'the end', closed);
  },
  async 'expired in few events'(service, reference) {
    await service.see(await awaiting(service, reference, { confirmWithinSeconds: 1 }), 'the end', closed);
  },
  async 'cancelled while creating, in few events'(service, reference) {
    service.simulator.faults.set(reference, 'create', { kind: 'delay', delay_ms: 500 });
    const { id } = await service.place({ request: { reference } });
    await service.orders.cancel(id);
    await service.see(id, 'the end', closed);
  },
  async 'deadline noticed late'(service, reference) {
    const id = await awaiting(service, reference, { confirmWithinSeconds: 1, settleSeconds: 1 });
    await service.stopWorker();
    await service.pass(8_000);
    await service.startWorker();
    await service.see(id, 'the end', closed, 30_000);
  },
};

mkdirSync(FOLDER, { recursive: true });
const service = await startService({ payloadKeys: null });
for (const [ending, live] of Object.entries(ENDINGS)) {
  const reference = ending.replaceAll(/\W+/g, '-');
  const file = `${FOLDER}${reference}.json`;
  if (existsSync(file)) continue;
  await live(service, reference);
  const handle = service.client.workflow.getHandle(`order:merchant_1:${reference}`);
  await handle.result();
  const history = historyToJSON(await handle.fetchHistory());
  writeFileSync(file, `${history.replaceAll(/"identity": "\d+@[^"]*"/g, '"identity": "kept"')}\n`);
  console.log(`kept ${reference}`);
}
await service.close();
