// Makes a payload smaller before it is encrypted: JSON of an order is mostly names, and those are in the dictionary.
import { deflateRawSync, inflateRawSync } from 'node:zlib';

/**
 * Texts as payloads have them, the usual ones last. What was packed with it is read with it: it never changes. Another one would need another form
 * (`FORMS`).
 */
const DICTIONARY = Buffer.from(
  [
    'sequra_event webhooks_unreachable workflow_stopped cancel_overdue create_outcome_unknown sms_not_sent unrecognised_event confirm_cancel_crossed cancel_refused ',
    '{"action":"retry","operator":"","note":""}attachgive_upmark_confirmedmark_cancelleddismiss{"mobile_phone":"+34"}{"unreadable":true}',
    '{"outcome":"refused","failure":{"code":"unreachable","http_status":422,"errors":[{"code":"not_sent","retryAfterMs":1000,"mayHaveArrived":truecancelledunknown',
    '"type":"order.updated","timestamp":"","data":{"forgotten":{"run":"","order":{"merchantId":"merchant_1","reference":"","webhook":{',
    'A part-payment order at seQura: create → SMS → wait for the customer → cancel at the deadline.\\n\\n',
    '- **Request Cancellation** cancels the order at seQura, then ends.\\n',
    '- **Send an Update** `resolve`: `{\\"action\\": \\"…\\", \\"operator\\": \\"your name\\", \\"note\\": \\"what you found\\"}` answers an attention. It is kept: no personal data.\\n',
    '- **Send an Update** `send_sms`: `{}` sends the link again, `{\\"mobile_phone\\": \\"+34…\\"}` to another number.\\n',
    '- **Send a Signal** `sequra_event`: `{\\"event\\": \\"order/confirmed\\"}` stands for a webhook that never came.\\n',
    '- **Terminate** leaves the order at seQura as it is, and nothing watches its deadline any more.\\n',
    '- **Terminated** or **Failed** above, with a status that is not final: nothing carries the order on, whatever Current Details say. By HTTP `resolve` with `retry` does (`workflow_stopped`).\\n',
    '- **Reset** forgets nothing: the order goes on where it was. Leave signals in.',
    'Silence before the reminderLimit for an unanswered cancelCancel  at seQura (deadline)Deadline for the customerSMS 1 of at most 3Create 0.00 EUR at seQura',
    '{"event":"order/confirmed","event_id":"","kind":"confirm","order_ref":"","order_uuid":{"outcome":"sent"}{"outcome":"created","sequraOrderId":"","orderUuid":null}',
    '{"askedBy":"","merchantId":"merchant_1","sequraOrderId":"","timeoutMs":15000,"mobilePhone":null,"wantedSince":"2026-',
    '","total_with_tax":,"currency":"EUR","sequra_order_id":"","order_uuid":null,"sms":{"sent":1,"last_sent_at":"","last_outcome":"sent","can_resend":false},',
    '"created_at":"","confirm_by":"","closed_at":"","failure":null,"attention":null,"revision":4,',
    '{"request":{"merchant":{"id":"merchant_1","store_ref":"store_1"},"operator_ref":"","reference":"","mobile_phone":"+34","given_names":"","surnames":"",',
    '"date_of_birth":"19","nin":"","address":"Calle ","postal_code":"","city":"","cart_items":[{"reference":"","name":"","price_with_tax":,"quantity":1}]},',
    '"timeoutMs":15000,"cancelAsked":false,"lookedUp":false},"reopened":false}',
    'workflow activity \n\u0016\n\bencoding\u0012\njson/plain\u0012{"order":{"id":"order:merchant_1:","reference":"","merchantId":"merchant_1","storeRef":"store_1","totalCents":,"currency":"EUR",',
    '"policy":{"confirmWithinSeconds":86400,"createRetrySeconds":300,"onCreateOutcomeUnknown":"hold","smsLimit":3,"settleSeconds":600,"cancelOverdueSeconds":1800,"sequraTimeoutMs":15000,',
    '"smsReminderAfterSeconds":,"smsPerPhonePerDay":,"notify":true,"trustPlain":true},"status":"creatingcancellingcancelledexpiredfailedconfirmedawaiting_customer","attentions":{},"revision":1,',
    '"sequraOrderId":null,"orderUuid":null,"createdAt":"2026-","confirmBy":null,"closedAt":null,"failure":null,"create":{"phase":"done","attempts":1,"firstAt":"2026-","retryAt":null,"doubt":false},',
    '"sms":{"sent":0,"lastSentAt":null,"lastOutcome":null,"queue":["first"],"tries":0,"repeated":false,"retryAt":null},"cancel":null,',
    '"heard":{"confirmedAt":null,"cancelledAt":null},"seen":["order/confirmed "],',
    '"timeline":[{"at":"2026-","event":"accepted"},{"at":"2026-","event":"created"},{"at":"2026-","event":"sms_sent"},{"at":"2026-","event":"confirmed"}]}',
  ].join(''),
);

/** The dictionary and a payload of an order; a larger window takes more memory and time. */
const WINDOW_BITS = 13;
/** Most payloads have less. zlib's own would be sixteen times as much memory for each. */
const CHUNK_BYTES = 1_024;
const DEFLATE = { chunkSize: CHUNK_BYTES, dictionary: DICTIONARY, windowBits: WINDOW_BITS, memLevel: 6 };

/** No more is packed, so that few bytes never become many. An order of 100 items has less. */
export const MOST_PACKED_BYTES = 32 * 1024;
const INFLATE = {
  chunkSize: CHUNK_BYTES,
  dictionary: DICTIONARY,
  windowBits: WINDOW_BITS,
  maxOutputLength: MOST_PACKED_BYTES,
};

/** First byte of what is packed. */
const FORMS = { asItIs: 0, deflated: 1 } as const;

export function pack(bytes: Uint8Array): Buffer {
  if (bytes.length <= MOST_PACKED_BYTES) {
    const deflated = deflateRawSync(bytes, DEFLATE);
    if (deflated.length < bytes.length) return Buffer.concat([Buffer.of(FORMS.deflated), deflated]);
  }
  return Buffer.concat([Buffer.of(FORMS.asItIs), bytes]);
}

/** Throws where it is not packed, or in a form of a later release. */
export function unpack(packed: Buffer): Buffer {
  const bytes = packed.subarray(1);
  if (packed[0] === FORMS.asItIs) return bytes;
  if (packed[0] === FORMS.deflated) return inflateRawSync(bytes, INFLATE);
  throw new RangeError('packed in an unknown form');
}
