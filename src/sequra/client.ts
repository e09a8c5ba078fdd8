// seQura over HTTP (sequra.md): three calls, each sent exactly once.
import { failedAnswer } from './classify.ts';
import { NotSentError, OutcomeUnknownError } from '../http/errors.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { post } from '../http/exchange.ts';
import { readCreatedOrder } from './schemas.ts';
import type { CallOptions, Sequra } from './sequra.ts';

type SequraCredentials = { username: string; password: string };

export type SequraClientOptions = {
  /** Scheme, host and, where there is one, the path before `/api`. */
  baseUrl: string;
  /** By merchant id. */
  merchants: ReadonlyMap<string, SequraCredentials>;
  /** Never more than 5 s or half of a call's `timeoutMs`, whichever is less. */
  connectTimeoutMs?: number;
};

const MAX_CONNECT_TIMEOUT_MS = 5000;

/**
 * A call for a merchant without credentials, or after `close`, is not sent: another worker, or this one with other settings, may send it.
 * No connection is kept between calls. `close` waits for those under way, each of which ends by its own timeout.
 */
export function createSequraClient({
  baseUrl,
  merchants,
  connectTimeoutMs = MAX_CONNECT_TIMEOUT_MS,
}: SequraClientOptions): Sequra & { close(): Promise<void> } {
  const { origin, pathname } = new URL(baseUrl);
  const ordersPath = `${pathname.replace(/(?<!\/)\/+$/, '')}/api/public/v1/orders`;
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  async function call(
    path: string,
    json: unknown,
    wantsBody: Wants,
    { merchantId, timeoutMs }: CallOptions,
  ): Promise<HttpAnswer> {
    const credentials = merchants.get(merchantId);
    if (credentials === undefined || closed) throw new NotSentError('unreachable');
    const answering = post({
      origin,
      path,
      headers: headersFor(credentials, json !== null),
      body: json === null ? null : JSON.stringify(json),
      connectTimeoutMs: Math.ceil(Math.min(connectTimeoutMs, MAX_CONNECT_TIMEOUT_MS, timeoutMs / 2)),
      timeoutMs,
      wantsBody,
    });
    underWay.add(answering);
    try {
      const answer = await answering;
      if (!isSuccess(answer.httpStatus)) throw failedAnswer(answer, Date.now());
      return answer;
    } finally {
      underWay.delete(answering);
    }
  }

  return {
    async createOrder(request, options) {
      const { httpStatus, body } = await call(ordersPath, request, isSuccessOrRefusal, options);
      if (body.text === null) throw new OutcomeUnknownError(body.failure ?? 'other', httpStatus);
      return readCreatedOrder(body.text, httpStatus, request);
    },

    async sendSms(sequraOrderId, mobilePhone, options) {
      const json = mobilePhone === null ? null : { mobile_phone: mobilePhone };
      await call(`${ordersPath}/${segment(sequraOrderId)}/send_sms`, json, isRefusal, options);
    },

    async cancelOrder(sequraOrderId, options) {
      await call(`${ordersPath}/${segment(sequraOrderId)}/cancel`, null, isRefusal, options);
    },

    async close() {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}

type Wants = (httpStatus: number) => boolean;

const isSuccess: Wants = (httpStatus) => httpStatus >= 200 && httpStatus < 300;

const isRefusal: Wants = (httpStatus) => httpStatus >= 400 && httpStatus < 500 && httpStatus !== 429;

const isSuccessOrRefusal: Wants = (httpStatus) => isSuccess(httpStatus) || isRefusal(httpStatus);

/** A number that an operator attached may have a lone surrogate, which cannot be encoded: seQura then answers that it has no such order. */
function segment(sequraOrderId: string): string {
  return encodeURIComponent(sequraOrderId.replaceAll(/\p{Cs}/gu, '\uFFFD'));
}

function headersFor({ username, password }: SequraCredentials, hasBody: boolean): Record<string, string> {
  return {
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    accept: 'application/json',
    ...(hasBody && { 'content-type': 'application/json' }),
  };
}
