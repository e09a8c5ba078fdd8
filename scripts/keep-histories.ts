// `npm run histories:keep`: leads one order to each ending and keeps its history under test/histories/, without encryption so that a
// change can be read. Kept histories of released code stay; a name that exists already is left alone.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { reset } from '../test/support/resets.ts';
import type { Stack } from '../test/support/stack.ts';
import { startDevServerStack } from '../test/support/stack.ts';
import { closed, heeded, smsSent, until } from '../test/support/waits.ts';
import { confirmation, resolution } from '../test/support/orders.ts';

const FOLDER = fileURLToPath(new URL('../test/histories/', import.meta.url));

type Life = (stack: Stack, reference: string) => Promise<void>;

async function awaiting(stack: Stack, reference: string, policy = {}): Promise<string> {
  const { id } = await stack.place({ request: { reference }, policy });
  await stack.see(id, 'the SMS', smsSent);
  return id;
}

const ENDINGS: Record<string, Life> = {
  async confirmed(stack, reference) {
    const id = await awaiting(stack, reference);
    await stack.orders.webhook('merchant_1', reference, confirmation);
    await stack.orders.webhook('merchant_1', reference, confirmation);
    await stack.see(id, 'the end', closed);
  },
  async expired(stack, reference) {
    await stack.see(await awaiting(stack, reference, { confirmWithinSeconds: 1 }), 'the end', closed);
  },
  async cancelled(stack, reference) {
    await stack.orders.cancel(await awaiting(stack, reference));
  },
  async cancellation_requested(stack, reference) {
    const id = await awaiting(stack, reference);
    await stack.orders.webhook('merchant_1', reference, confirmation);
    await stack.see(id, 'the end', closed);
    await stack.pass(500);
    await stack.orders.cancel(id);
  },
  async failed(stack, reference) {
    stack.simulator.faults.set(reference, 'create', { kind: 'refuse', status: 422 });
    const { id } = await stack.place({ request: { reference } });
    await stack.see(id, 'the end', closed);
  },
  async 'create outcome unknown, attached'(stack, reference) {
    stack.simulator.faults.set(reference, 'create', { kind: 'reset_after_effect' });
    const { id } = await stack.place({ request: { reference } });
    await stack.see(id, 'the attention', heeded);
    const [order] = stack.simulator.ledger.orders(reference);
    await stack.orders.resolve(id, { ...resolution('attach'), sequra_order_id: String(order?.id) });
    await stack.see(id, 'the SMS', smsSent);
    await stack.orders.sendSms(id, '+34677123456');
    await stack.orders.webhook('merchant_1', reference, confirmation);
    await stack.see(id, 'the end', closed);
  },
  async 'cancel refused, marked cancelled'(stack, reference) {
    stack.simulator.faults.set(reference, 'cancel', { kind: 'refuse', status: 422 });
    const id = await awaiting(stack, reference, { settleSeconds: 1, confirmWithinSeconds: 1 });
    await stack.see(id, 'the attention', heeded);
    await stack.orders.resolve(id, resolution('mark_cancelled'));
  },
  async 'late confirmation, marked confirmed'(stack, reference) {
    const id = await awaiting(stack, reference, { confirmWithinSeconds: 1 });
    await stack.see(id, 'the end', closed);
    await stack.pass(500);
    await stack.orders.webhook('merchant_1', reference, confirmation);
    await stack.see(id, 'the attention', heeded);
    await stack.orders.resolve(id, resolution('mark_confirmed'));
  },
  async 'told of, and recreated'(stack, reference) {
    stack.simulator.faults.set(reference, 'create', { kind: 'reset_after_effect', times: 1 });
    await awaiting(stack, reference, { notify: true, onCreateOutcomeUnknown: 'recreate' });
    await stack.orders.webhook('merchant_1', reference, confirmation);
  },
  async 'SMS lost twice, dismissed'(stack, reference) {
    stack.simulator.faults.set(reference, 'send_sms', { kind: 'reset_after_effect', times: null });
    const { id } = await stack.place({ request: { reference } });
    await stack.see(id, 'the attention', heeded);
    await stack.orders.resolve(id, resolution('dismiss'));
    await stack.orders.webhook('merchant_1', reference, confirmation);
    await stack.see(id, 'the end', closed);
  },
  async 'crossed, marked confirmed'(stack, reference) {
    stack.simulator.faults.set(reference, 'cancel', { kind: 'delay', delay_ms: 500 });
    const id = await awaiting(stack, reference);
    const cancel = stack.orders.cancel(id);
    await stack.see(id, 'the cancel', () => stack.simulator.ledger.calls(reference, 'cancel').length === 1);
    await stack.orders.webhook('merchant_1', reference, confirmation);
    await cancel;
    await stack.see(id, 'the attention', heeded);
    await stack.orders.resolve(id, resolution('mark_confirmed'));
  },
  async 'cancel overdue, and answered'(stack, reference) {
    stack.simulator.faults.set(reference, 'cancel', { kind: 'http_503', times: 2 });
    const id = await awaiting(stack, reference, { cancelOverdueSeconds: 1, confirmWithinSeconds: 1 });
    await stack.see(id, 'the end', closed);
  },
  async 'terminated, carried on'(stack, reference) {
    const id = await awaiting(stack, reference);
    await stack.client.workflow.getHandle(id).terminate('to be kept');
    await stack.orders.resolve(id, resolution('retry'));
    await stack.orders.webhook('merchant_1', reference, confirmation);
    await stack.see(id, 'the end', closed);
  },
  async 'signed and stopped while creating'(stack, reference) {
    stack.simulator.faults.set(reference, 'create', { kind: 'delay', delay_ms: 1_000 });
    const { id } = await stack.place({ request: { reference } });
    await until('the create', () => stack.simulator.ledger.hits(reference, 'create', 'delay') === 1);
    await stack.orders.webhook('merchant_1', reference, confirmation);
    await stack.see(id, 'the webhook', ({ timeline }) => timeline.at(-1)?.event === 'webhook_noted');
    await stack.client.workflow.getHandle(id).terminate('to be kept');
    await stack.orders.resolve(id, resolution('retry'));
    await stack.see(id, 'the end', closed);
  },
  async 'SMS asked for past the deadline'(stack, reference) {
    stack.simulator.faults.set(reference, 'send_sms', { kind: 'refuse', status: 422, times: null });
    const { id } = await stack.place({ request: { reference }, policy: { confirmWithinSeconds: 1 } });
    const { confirm_by: confirmBy } = await stack.see(id, 'the attention', heeded);
    await stack.pass(Math.max(0, Date.parse(confirmBy ?? '') - Date.now() - 250));
    // Each is asked for before the one before has ended, so that one is always waiting.
    const askers = Array.from({ length: 6 }, async () => {
      while (!closed(await stack.see(id, 'it', () => true))) await stack.orders.sendSms(id, null).catch(() => {});
    });
    await Promise.all(askers);
  },
  async 'reset, reminded'(stack, reference) {
    const id = await awaiting(stack, reference);
    await stack.orders.sendSms(id, null);
    await stack.orders.webhook('merchant_1', reference, {
      event: 'order/account_in_debt',
      event_id: 'd',
      kind: 'note',
    });
    await stack.see(id, 'the webhook', ({ timeline }) => timeline.at(-1)?.event === 'webhook_noted');
    await reset(stack.client, id);
    await stack.see(id, 'what it knew', ({ sms }) => sms.sent === 2);
    await stack.orders.webhook('merchant_1', reference, confirmation);
    await stack.see(id, 'the end', closed);
  },
  async 'deadline noticed late'(stack, reference) {
    const id = await awaiting(stack, reference, { confirmWithinSeconds: 1, settleSeconds: 1 });
    await stack.stopWorker();
    await stack.pass(8_000);
    await stack.startWorker();
    await stack.see(id, 'the end', closed, 30_000);
  },
};

mkdirSync(FOLDER, { recursive: true });
const notifying = { merchants: new Map(), tried: () => {} };
const stack = await startDevServerStack({ payloadKeys: null, notifying });
for (const [ending, live] of Object.entries(ENDINGS)) {
  const reference = ending.replaceAll(/\W+/g, '-');
  const file = `${FOLDER}${reference}.json`;
  if (existsSync(file)) continue;
  await live(stack, reference);
  const handle = stack.client.workflow.getHandle(`order:merchant_1:${reference}`);
  await handle.result();
  const history = historyToJSON(await handle.fetchHistory());
  writeFileSync(file, `${history.replaceAll(/"identity": "\d+@[^"]*"/g, '"identity": "kept"')}\n`);
  console.log(`kept ${reference}`);
}
await stack.close();
