// The order that somebody names: by its id, by merchant and reference, or by a reference that only one order has.
import { searchOrders } from '../gateway/search.ts';
import { isReference, orderWorkflowId, parseOrderId } from '../order/ids.ts';
import type { Connected } from './here.ts';
import { EXIT, Told } from './here.ts';

export async function idOfNamed(
  { client, payloadKeys }: Pick<Connected, 'client' | 'payloadKeys'>,
  name: string,
  merchantId: string | undefined,
): Promise<string> {
  if (parseOrderId(name) !== null) return name;
  if (!isReference(name)) throw new Told(`${name} is neither an order’s id nor a reference.`, EXIT.usage);
  if (merchantId !== undefined) return orderWorkflowId(merchantId, name);
  const ids: string[] = [];
  for await (const { id } of searchOrders(client, payloadKeys, { reference: name })) ids.push(id);
  const [only] = ids;
  if (only === undefined)
    throw new Told(
      `No order has the reference ${name}. One that was just placed is found by its id, or with --merchant.`,
    );
  if (ids.length > 1) throw new Told(`More than one order has this reference: ${ids.join(', ')}. Name one of them.`);
  return only;
}
