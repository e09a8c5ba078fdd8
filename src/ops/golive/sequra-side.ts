// Who signs, and what seQura's side knows: the simulator acts and tells by itself, in seQura's sandbox a human does.
import type { Order } from 'part-payment-orders-client';
import { ask, isAnswered } from './http.ts';

export type SequraSide = {
  name: string;
  /** Has the customer sign, or asks a human to; answers with how long that may take. */
  sign(order: Order): Promise<{ limitMs: number }>;
  /** What became of seQura's webhook, as far as can be known. */
  webhookOf(order: Order): Promise<string | null>;
  /** The status of the order there; null where nobody can say. */
  statusOf(order: Order): Promise<string | null>;
};

const SIMULATED_MS = 30_000;

/** Null where it is no simulator that answers there. Throws where it is one that does not go by this name. */
export async function simulatorAt(url: string): Promise<SequraSide | null> {
  const found = await ask(`${url}/_sim/orders?limit=1`);
  if (isAnswered(found) && found.status === 403 && found.json['error'] === 'forbidden')
    throw new Error(`A simulator answers at ${url}, but not to this name: start it with --hosts (SIMULATOR_HOSTS).`);
  if (!isAnswered(found) || !Array.isArray(found.json['data'])) return null;

  type Theirs = { status: string };
  type Delivery = { state: string; tries: { http_status: number | null; error: string | null }[] };
  async function ledgerOf({ reference }: Order): Promise<{ orders: Theirs[]; webhooks: Delivery[] }> {
    const answer = await ask(`${url}/_sim/ledger?reference=${encodeURIComponent(reference)}`);
    const { orders = [], webhooks = [] } = (isAnswered(answer) ? answer.json : {}) as {
      orders?: Theirs[];
      webhooks?: Delivery[];
    };
    return { orders, webhooks };
  }

  return {
    name: `the simulator at ${url}`,
    async sign({ sequra_order_id }) {
      await ask(`${url}/_sim/orders/${sequra_order_id}/confirm`, { method: 'POST' });
      return { limitMs: SIMULATED_MS };
    },
    async webhookOf(order) {
      const { webhooks } = await ledgerOf(order);
      const last = webhooks.at(-1)?.tries.at(-1);
      if (webhooks.length === 0) return 'it has sent none';
      return last === undefined ? 'it has no address to send one to' : `it came to ${last.http_status ?? last.error}`;
    },
    statusOf: async (order) => (await ledgerOf(order)).orders.at(-1)?.status ?? null,
  };
}

/** `say`: to the human. */
export function sandboxAt(url: string, phone: string, minutes: number, say: (line: string) => void): SequraSide {
  return {
    name: `seQura at ${url}`,
    async sign({ sequra_order_id }) {
      say(
        `NOW SIGN: open the link in the newest SMS on ${phone} (seQura's order ${sequra_order_id}) and confirm. In the sandbox the code is usually the last five digits of the number. Waiting up to ${minutes} minutes …`,
      );
      return { limitMs: minutes * 60_000 };
    },
    webhookOf: async () => null,
    statusOf: async () => null,
  };
}
