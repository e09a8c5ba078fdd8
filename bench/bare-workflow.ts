// The bare shape: what an order takes of Temporal at the least. Two calls, one signal, one timer.
import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { OrderRequest } from '../src/order/request.ts';
import type { BareActivities } from './bare.ts';

const DAY_MS = 86_400_000;

export const confirmedSignal = defineSignal('confirmed');

const { createOrder, sendSms } = proxyActivities<BareActivities>({
  startToCloseTimeout: 25_000,
  retry: { maximumAttempts: 1 },
});

export async function bareWorkflow(order: OrderRequest): Promise<'confirmed' | 'expired'> {
  let isConfirmed = false;
  setHandler(confirmedSignal, () => void (isConfirmed = true));
  await sendSms(await createOrder(order));
  return (await condition(() => isConfirmed, DAY_MS)) ? 'confirmed' : 'expired';
}
