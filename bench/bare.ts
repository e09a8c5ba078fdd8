// The bare shape as a process: a worker with a workflow of two calls, and an HTTP front that starts it and relays the webhook. It checks nothing,
// encrypts nothing and keeps no memo: what an order costs beyond it is what this service adds.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { OrderRequest } from '../src/order/request.ts';
import type { bareWorkflow } from './bare-workflow.ts';

const TASK_QUEUE = 'bare';

const setting = (name: string) => process.env[name] ?? '';
const address = setting('TEMPORAL_ADDRESS');
const orders = `${setting('SEQURA_BASE_URL')}/api/public/v1/orders`;
const headers = {
  authorization: `Basic ${Buffer.from(`merchant_1:${setting('SEQURA_PASSWORD')}`).toString('base64')}`,
  'content-type': 'application/json',
};

async function post(url: string, body: string | null): Promise<string> {
  const answer = await fetch(url, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

const activities = {
  async createOrder(order: OrderRequest): Promise<number> {
    return (JSON.parse(await post(orders, JSON.stringify(order))) as { id: number }).id;
  },
  async sendSms(id: number): Promise<void> {
    await post(`${orders}/${id}/send_sms`, null);
  },
};
export type BareActivities = typeof activities;

const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue: TASK_QUEUE,
  workflowsPath: fileURLToPath(new URL('bare-workflow.ts', import.meta.url)),
  activities,
});
const client = new Client({ connection: await Connection.connect({ address }) });

/** `POST /orders`, with `?wait` answered at the order's end; `POST /webhook`. */
async function answer(path: string, body: string): Promise<string> {
  if (path === '/ready') return worker.getState();
  if (path === '/webhook') {
    const reference = new URLSearchParams(body).get('order_ref_1');
    await client.workflow.getHandle(`bare:${reference}`).signal('confirmed');
    return 'taken';
  }
  const order = JSON.parse(body) as OrderRequest;
  const workflowId = `bare:${order.reference}`;
  const handle = await client.workflow.start<typeof bareWorkflow>('bareWorkflow', {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [order],
  });
  return path.endsWith('?wait') ? handle.result() : workflowId;
}

createServer((request, response) => {
  text(request)
    .then((body) => answer(request.url ?? '', body))
    .then(
      (said) => response.end(said),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
}).listen(Number(setting('API_PORT')), '127.0.0.1');

// At SIGTERM, which the SDK listens to.
await worker.run();
process.exit(0);
