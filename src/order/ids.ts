// The one id of an order: Temporal Workflow ID, API id and log field are the same string (http-api.md, section 1).

/** `order:{merchant_id}:{encodeURIComponent(reference)}`. Throws URIError on a lone surrogate, which no valid reference has. */
export function orderWorkflowId(merchantId: string, reference: string): string {
  return `order:${merchantId}:${encodeURIComponent(reference)}`;
}

export const MAX_REFERENCE_CHARACTERS = 64;

/** Whether the text can be the reference of an order: 1–64 characters without control characters or lone surrogates. */
export function isReference(text: string): boolean {
  const characters = Array.from(text).length;
  return characters >= 1 && characters <= MAX_REFERENCE_CHARACTERS && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

const ORDER_ID = /^order:([A-Za-z0-9_-]{1,64}):([^:]+)$/;

/** The parts of an order id, or null where the text is not exactly what `orderWorkflowId` writes. */
export function parseOrderId(id: string): { merchantId: string; reference: string } | null {
  const [, merchantId, encoded] = ORDER_ID.exec(id) ?? [];
  if (merchantId === undefined || encoded === undefined) return null;
  try {
    const reference = decodeURIComponent(encoded);
    return orderWorkflowId(merchantId, reference) === id ? { merchantId, reference } : null;
  } catch {
    return null;
  }
}
