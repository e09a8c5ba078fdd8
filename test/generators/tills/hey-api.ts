// A till on what hey-api writes: places an order and reads it again.
import type { PlaceOrderData } from './written/index.js';
import { getOrder, placeOrder } from './written/index.js';
import { client } from './written/client.gen.js';

const { API_URL = '', API_KEY = '', ORDER = '' } = process.env;
client.setConfig({ baseUrl: API_URL, auth: API_KEY });
const body = JSON.parse(ORDER) as PlaceOrderData['body'];
const placed = await placeOrder({ body, headers: { Prefer: 'wait=10' }, throwOnError: true });
const read = await getOrder({ path: { id: placed.data.id }, throwOnError: true });
console.log(read.data.id, read.data.status);
