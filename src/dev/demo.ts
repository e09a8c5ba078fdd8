// Three orders, shown as they happen: one is signed, one is abandoned, one is cancelled by its shop.
import { EXAMPLE_REQUEST } from '../order/example.ts';
import type { OrderView } from '../order/view.ts';
import { DEV_API_KEY, FAST_MERCHANT, PATIENT_MERCHANT } from './settings.ts';
import type { DevStack } from './stack.ts';

export type StoryEnd = {
  title: string;
  reference: string;
  expected: OrderView['status'];
  order: OrderView;
  atSequra: string;
};

type Story = {
  title: string;
  merchantId: string;
  expected: OrderView['status'];
  expectedAtSequra: string;
  /** What somebody does once the customer has the SMS. */
  act: (demo: Demo, order: OrderView) => Promise<void>;
};

type Demo = { stack: DevStack; say: (line: string) => void };

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
    async act({ stack, say }, order) {
      say('the shop cancels');
      await call(stack, 'POST', `/v1/orders/${encodeURIComponent(order.id)}/cancel`);
    },
  },
];

export async function playStories(stack: DevStack, say: (line: string) => void): Promise<StoryEnd[]> {
  const run = Date.now().toString(36);
  const ends: StoryEnd[] = [];
  for (const story of STORIES) {
    say('');
    ends.push(
      await play({ stack, say: (line) => say(`  ${story.title.padEnd(10)} ${line}`) }, story, `${story.title}-${run}`),
    );
  }
  return ends;
}

/** Whether an order ended as it should, here and at seQura. */
export function isAsExpected({ title, expected, order, atSequra }: StoryEnd): boolean {
  const story = STORIES.find((known) => known.title === title);
  return order.status === expected && order.attention === null && atSequra === story?.expectedAtSequra;
}

async function play(demo: Demo, story: Story, reference: string): Promise<StoryEnd> {
  const { stack, say } = demo;
  const { merchantId, title, expected, act } = story;
  let { order } = await call(stack, 'POST', '/v1/orders', {
    ...EXAMPLE_REQUEST,
    merchant: { id: merchantId, store_ref: 'store_1' },
    reference,
  });
  say(`POST /v1/orders → ${order.id}`);
  let seen = 0;
  let acted = false;
  const endsAt = Date.now() + PATIENCE_MS;
  for (let etag = ''; Date.now() < endsAt;) {
    for (const entry of order.timeline.slice(seen))
      say(`${entry.at.slice(11, 23)} ${order.status.padEnd(18)} ${entry.event}`);
    seen = order.timeline.length;
    if (order.closed_at !== null) break;
    if (!acted && order.sms.sent > 0) {
      acted = true;
      await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
      await act(demo, order);
    }
    const headers = etag === '' ? {} : { 'if-none-match': etag };
    ({ order, etag } = await call(
      stack,
      'GET',
      `/v1/orders/${encodeURIComponent(order.id)}?wait=10`,
      undefined,
      headers,
      order,
    ));
  }
  const [{ status }] = await providerOrders(stack, reference);
  return { title, reference, expected, order, atSequra: status };
}

async function call(stack: DevStack, method: string, path: string, body?: object, headers = {}, unchanged?: OrderView) {
  const answer = await fetch(stack.apiUrl + path, {
    method,
    headers: { authorization: `Bearer ${DEV_API_KEY}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const etag = answer.headers.get('etag') ?? '';
  if (answer.status === 304 && unchanged !== undefined) return { order: unchanged, etag };
  const json = (await answer.json()) as OrderView & { detail?: string };
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${json.detail ?? ''}`);
  return { order: json, etag };
}

type ProviderOrder = { status: string; sms: { phone: string; link: string }[] };

/** The simulator's side of the story. */
async function providerOrders(stack: DevStack, reference: string): Promise<[ProviderOrder, ...ProviderOrder[]]> {
  const answer = await fetch(`${stack.simulatorUrl}/_sim/ledger?reference=${encodeURIComponent(reference)}`);
  const [first, ...others] = ((await answer.json()) as { orders: ProviderOrder[] }).orders;
  return [first ?? { status: 'none', sms: [] }, ...others];
}
