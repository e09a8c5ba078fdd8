// A till on what openapi-generator writes in TypeScript: places an order and reads it again.
import { Configuration, OrdersApi, PlaceOrderBodyFromJSON } from './written/index.js';

const { API_URL = '', API_KEY = '', ORDER = '' } = process.env;
const orders = new OrdersApi(new Configuration({ basePath: API_URL, accessToken: API_KEY }));
const placed = await orders.placeOrder({
  placeOrderBody: PlaceOrderBodyFromJSON(JSON.parse(ORDER)),
  prefer: 'wait=10',
});
const read = await orders.getOrder({ id: placed.id });
console.log(read.id, read.status);
