// Receives notifications: NOTIFY_SECRET=whsec_… PORT=… node receiver.ts
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { verifyNotification } from 'part-payment-orders-client';

/** The highest revision of each order; yours is in your database. */
const newest = new Map<string, number>();

async function statusFor(request: Parameters<typeof buffer>[0], headers: NodeJS.Dict<string | string[]>) {
  const body = await buffer(request); // the bytes as they came
  try {
    const { type, data } = verifyNotification(body, headers, process.env['NOTIFY_SECRET'] ?? '');
    // It may come twice, and out of order: only what is newer counts.
    if (type === 'order.updated' && data.revision > (newest.get(data.id) ?? 0)) {
      newest.set(data.id, data.revision);
      console.log(data.id, data.status);
    }
    return 204;
  } catch {
    return 401;
  }
}

createServer((request, response) => {
  void statusFor(request, request.headers).then((status) => response.writeHead(status).end());
}).listen(Number(process.env['PORT']), '127.0.0.1');
