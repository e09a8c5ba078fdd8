// Cents in are cents at the provider (invariant I15): the decimal total of the answer is compared without floats.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, startProvider } from './provider.ts';
import { cart, OPTIONS, orderRequest, sequraAt, unknown } from './support.ts';

const AMOUNTS: [cents: number, written: string, same: boolean][] = [
  [29, '"0.29"', true],
  [29, '0.29', true],
  [123456789, '"1234567.89"', true],
  [123456789, '1234567.89', true],
  [25000, '"250"', true],
  [25000, '250.0', true],
  [25050, '"250.5"', true],
  [25050, '250.5', true],
  [25000, '"250.000"', true],
  [9007199254740991, '"90071992547409.91"', true],
  [9007199254740991, '"90071992547409.92"', false],
  [9007199254740991, '"90071992547409.910000000000000001"', false],
  [25000, '"249.99"', false],
  [25000, '"250.001"', false],
  [25000, '25000', false],
  [25000, '"-250.00"', false],
  [25000, '"250,00"', false],
  [25000, '"2.5e2"', false],
  [25000, '" 250.00"', false],
  [25000, '"0xFA"', false],
  [25000, '"١٢٣"', false],
  [25000, '""', false],
  [25000, 'true', false],
  [25000, '["250.00"]', false],
];
for (const [cents, written, same] of AMOUNTS) {
  test(`${cents} cents and a total_with_tax of ${written} are ${same ? 'the same' : 'another total'}`, async (t) => {
    const items = [{ reference: 'A', name: 'A', price_with_tax: cents, quantity: 1 }];
    const provider = await startProvider(t, (socket) =>
      socket.write(answer(200, `{"id":1,"reference":"pos_1234","total_with_tax":${written}}`)),
    );
    const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest({ cart_items: items }), OPTIONS);
    await (same ? creating : assert.rejects(creating, unknown('other_total', 200)));
    assert.equal(provider.received.length, 1);
  });
}

test('the total is the sum of all items times their quantities', async (t) => {
  const items = [
    { reference: 'A', name: 'A', price_with_tax: 10, quantity: 3 },
    { reference: 'B', name: 'B', price_with_tax: 1999, quantity: 2 },
  ];
  const provider = await startProvider(t, (socket) => socket.write(answer(200, cart({ total_with_tax: '40.28' }))));
  await sequraAt(t, provider.baseUrl).createOrder(orderRequest({ cart_items: items }), OPTIONS);
});
