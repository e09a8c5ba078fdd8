// seQura's own example of an order (sequra.md), for documentation, demonstration and tests.
import type { OrderRequest } from './request.ts';

/** 250.00 EUR. The check character of its document number is wrong, and it has to be accepted all the same. */
export const EXAMPLE_REQUEST: OrderRequest = {
  merchant: { id: 'merchant_1', store_ref: 'store_1' },
  operator_ref: 'clerk@shop.example',
  reference: 'pos_1234',
  mobile_phone: '+34666123456',
  given_names: 'María',
  surnames: 'García López',
  date_of_birth: '1990-01-01',
  nin: '12345678A',
  address: 'Calle Mayor 1',
  postal_code: '08001',
  city: 'Barcelona',
  cart_items: [{ reference: 'FRAME-001', name: 'Designer Frame', price_with_tax: 25_000, quantity: 1 }],
};
