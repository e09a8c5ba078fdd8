// A till with the client: API=… KEY=… node till.ts REFERENCE
import { connect, mayHandOver } from 'part-payment-orders-client';

const [, , reference = ''] = process.argv;
const shop = connect({ baseUrl: process.env['API'] ?? '', apiKey: process.env['KEY'] ?? '' });

const sale = (its: string) => ({
  merchant: { id: 'merchant_1', store_ref: 'store_1' },
  operator_ref: 'clerk@shop.example',
  reference: its,
  mobile_phone: '+34666123456',
  given_names: 'María',
  surnames: 'García López',
  date_of_birth: '1990-01-01',
  nin: '12345678Z',
  address: 'Calle Mayor 1',
  postal_code: '08001',
  city: 'Barcelona',
  cart_items: [{ reference: 'FRAME-001', name: 'Designer Frame', price_with_tax: 25_000, quantity: 1 }],
});

const { order } = await shop.placeOrder(sale(reference));
console.log(`taken ${order.id}`);
// The same request again is the same order.
const again = await shop.placeOrder(sale(reference));
console.log(`again ${again.order.id}`);

for await (const { sms } of shop.changes(order.id)) if (sms.sent > 0) break;
// Sent twice with one key, it is one more SMS.
const idempotencyKey = `${reference}-sms-2`;
await shop.sendSms(order.id, { idempotencyKey });
const asked = await shop.sendSms(order.id, { idempotencyKey });
console.log(`sms ${asked.order.sms.sent}`);
const cancelled = await shop.cancel(order.id);
console.log(cancelled.order.status);

const other = await shop.placeOrder(sale(`signs-${reference}`));
const end = await shop.untilFinal(other.order.id);
console.log(mayHandOver(end) ? 'confirmed' : `no sale: ${end.status}`);
