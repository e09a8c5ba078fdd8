// Three orders, shown as they happen: one is signed, one is abandoned, one is cancelled by its shop.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Order } from 'part-payment-orders-client';
import { connect } from 'part-payment-orders-client';
import { EXAMPLE_REQUEST } from '../order/example.ts';
import { DEV_API_KEY, FAST_MERCHANT, PATIENT_MERCHANT } from './settings.ts';
import type { DevStack } from './stack.ts';

export type StoryEnd = {
  title: string;
  reference: string;
  expected: Order['status'];
  order: Order;
  atSequra: string;
};

type Story = {
  title: string;
  merchantId: string;
  expected: Order['status'];
  expectedAtSequra: string;
  /** What somebody does once the customer has the SMS. */
  act: (demo: Demo, order: Order) => Promise<void>;
};

type Demo = { stack: DevStack; shop: Client; say: (line: string) => void };

const PATIENCE_MS = 60_000;
/** Long enough to be read. */
const BEAT_MS = 700;

const STORIES: readonly Story[] = [
  {
    title: 'signed',
    merchantId: PATIENT_MERCHANT,
    expected: 'confirmed',
    expectedAtSequra: 'confirmed',
    async act({ stack, say }, order) {
      const [{ sms }] = await providerOrders(stack, order.reference);
      say('the customer opens the link and presses Confirm');
      const code = sms[0]?.phone.slice(-5) ?? '';
      await fetch(`${sms[0]?.link}/confirm`, { method: 'POST', body: new URLSearchParams({ code }) });
    },
  },
  {
    title: 'abandoned',
    merchantId: FAST_MERCHANT,
    expected: 'expired',
    expectedAtSequra: 'cancelled',
    act: async ({ say }, order) =>
      say(`the customer never answers; the deadline is ${order.confirm_by?.slice(11, 19)} UTC`),
  },
  {
    title: 'cancelled',
    merchantId: PATIENT_MERCHANT,
    expected: 'cancelled',
    expectedAtSequra: 'cancelled',
    async act({ shop, say }, order) {
      say('the shop cancels');
      await shop.cancel(order.id);
    },
  },
];

export async function playStories(stack: DevStack, say: (line: string) => void): Promise<StoryEnd[]> {
  const run = Date.now().toString(36);
  const shop = connect({ baseUrl: stack.apiUrl, apiKey: DEV_API_KEY });
  const ends: StoryEnd[] = [];
  for (const story of STORIES) {
    say('');
    const said = (line: string) => say(`  ${story.title.padEnd(10)} ${line}`);
    ends.push(await play({ stack, shop, say: said }, story, `${story.title}-${run}`));
  }
  return ends;
}

/** Whether an order ended as it should, here and at seQura. */
export function isAsExpected({ title, expected, order, atSequra }: StoryEnd): boolean {
  const story = STORIES.find((known) => known.title === title);
  return order.status === expected && order.attention === null && atSequra === story?.expectedAtSequra;
}

async function play(demo: Demo, story: Story, reference: string): Promise<StoryEnd> {
  const { stack, shop, say } = demo;
  const { merchantId, title, expected, act } = story;
  const { order } = await shop.placeOrder(
    { ...EXAMPLE_REQUEST, merchant: { id: merchantId, store_ref: 'store_1' }, reference },
    { waitSeconds: 0 },
  );
  say(`POST /v1/orders → ${order.id}`);
  let last = order;
  let seen = 0;
  let acted = false;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    for await (last of shop.changes(order.id, { signal })) {
      for (const entry of last.timeline.slice(seen))
        say(`${entry.at.slice(11, 23)} ${last.status.padEnd(18)} ${entry.event}`);
      seen = last.timeline.length;
      if (acted || last.sms.sent === 0) continue;
      acted = true;
      await sleep(BEAT_MS);
      await act(demo, last);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  const [{ status }] = await providerOrders(stack, reference);
  return { title, reference, expected, order: last, atSequra: status };
}

type ProviderOrder = { status: string; sms: { phone: string; link: string }[] };

/** The simulator's side of the story. */
async function providerOrders(stack: DevStack, reference: string): Promise<[ProviderOrder, ...ProviderOrder[]]> {
  const answer = await fetch(`${stack.simulatorUrl}/_sim/ledger?reference=${encodeURIComponent(reference)}`);
  const [first, ...others] = ((await answer.json()) as { orders: ProviderOrder[] }).orders;
  return [first ?? { status: 'none', sms: [] }, ...others];
}
