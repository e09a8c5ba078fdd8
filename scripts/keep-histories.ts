// `npm run histories:keep`: leads one order to each ending and keeps its history under test/histories/, without encryption so that a
// change can be read. Kept histories of released code stay; a name that exists already is left alone.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { OrderView } from '../src/order/view.ts';
import type { Stack } from '../test/stack.ts';
import { startDevServerStack } from '../test/stack.ts';

const FOLDER = fileURLToPath(new URL('../test/histories/', import.meta.url));

const confirmation = { event: 'order/confirmed', event_id: 'c1', kind: 'confirm' } as const;
const closed = (order: OrderView) => order.closed_at !== null;
const heeded = (order: OrderView) => order.attention !== null;
const answer = { operator: 'ana', note: 'looked it up' };

type Life = (stack: Stack, reference: string) => Promise<void>;

async function awaiting(stack: Stack, reference: string, policy = {}): Promise<string> {
  const { id } = await stack.place({ request: { reference }, policy });
  await stack.see(id, 'the SMS', ({ sms }) => sms.sent > 0);
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
    await stack.orders.resolve(id, { action: 'attach', sequra_order_id: String(order?.id), ...answer });
    await stack.see(id, 'the SMS', ({ sms }) => sms.sent > 0);
    await stack.orders.sendSms(id, '+34677123456');
    await stack.orders.webhook('merchant_1', reference, confirmation);
    await stack.see(id, 'the end', closed);
  },
  async 'cancel refused, marked cancelled'(stack, reference) {
    stack.simulator.faults.set(reference, 'cancel', { kind: 'refuse', status: 422 });
    const id = await awaiting(stack, reference, { settleSeconds: 1, confirmWithinSeconds: 1 });
    await stack.see(id, 'the attention', heeded);
    await stack.orders.resolve(id, { action: 'mark_cancelled', ...answer });
  },
  async 'late confirmation, marked confirmed'(stack, reference) {
    const id = await awaiting(stack, reference, { confirmWithinSeconds: 1 });
    await stack.see(id, 'the end', closed);
    await stack.pass(500);
    await stack.orders.webhook('merchant_1', reference, confirmation);
    await stack.see(id, 'the attention', heeded);
    await stack.orders.resolve(id, { action: 'mark_confirmed', ...answer });
  },
};

mkdirSync(FOLDER, { recursive: true });
const stack = await startDevServerStack({ payloadKeys: null });
for (const [ending, live] of Object.entries(ENDINGS)) {
  const reference = ending.replaceAll(/\W+/g, '-');
  const file = `${FOLDER}${reference}.json`;
  if (existsSync(file)) continue;
  await live(stack, reference);
  const handle = stack.client.workflow.getHandle(`order:merchant_1:${reference}`);
  await handle.result();
  writeFileSync(
    file,
    `${historyToJSON(await handle.fetchHistory())}
`,
  );
  console.log(`kept ${reference}`);
}
await stack.close();
