// How each fault acts on one call. A fault reads from top to bottom: what comes before `carryOut` happens before the effect.
import type { Response } from 'express';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { SequraAnswer } from './answers.ts';
import { errorAnswer } from './answers.ts';
import type { CallFaultKind, Fault } from './fault-table.ts';
import type { CallOutcome } from './records.ts';
import { writeChunked, writeEncoded, writeInterim, writeOldFashioned } from './wire.ts';

export type Ending = { outcome: CallOutcome; http_status: number | null };

/** One call under way. `carryOut` does what it asks for, `hit` counts the fault, `gone` aborts when the connection is closed. */
export type Exchange = {
  res: Response;
  carryOut: () => SequraAnswer;
  hit: () => void;
  gone: AbortSignal;
  closing: AbortSignal;
};

type Behaviour<K extends CallFaultKind> = (exchange: Exchange, fault: Fault<K>) => Promise<Ending>;

const PADDING = Buffer.alloc(64 * 1024, 'x');

function writeHead(res: Response, answer: SequraAnswer, bytes = Buffer.byteLength(answer.body)): void {
  res.writeHead(answer.status, { 'content-type': answer.type, 'content-length': bytes, ...answer.headers });
}

/** Resolves when the answer is handed over, or the client has left before that. */
async function ended(res: Writable, status: number): Promise<Ending> {
  const outcome = await finished(res, { readable: false }).then(
    () => 'answered' as const,
    () => 'client_left' as const,
  );
  return { outcome, http_status: status };
}

export function sendAnswer(res: Response, answer: SequraAnswer): Promise<Ending> {
  if (res.destroyed) return Promise.resolve({ outcome: 'client_left', http_status: null });
  writeHead(res, answer);
  res.end(answer.body);
  return ended(res, answer.status);
}

/** True where the client left before the time was up. */
const leftWithin = (gone: AbortSignal, waitMs: number): Promise<boolean> =>
  sleep(waitMs, false, { signal: gone }).catch(() => true);

async function neverAnswer({ res, gone }: Exchange, holdMs: number): Promise<Ending> {
  if (await leftWithin(gone, holdMs)) return { outcome: 'client_left', http_status: null };
  return hangUp(res);
}

function hangUp(res: Response): Ending {
  res.destroy();
  return { outcome: 'closed', http_status: null };
}

function reset(res: Response): Promise<Ending> {
  res.socket?.resetAndDestroy();
  return Promise.resolve({ outcome: 'reset', http_status: null });
}

/** A right answer in a form that is rare. */
function written<K extends CallFaultKind>(
  write: (res: Response, answer: SequraAnswer, fault: Fault<K>) => void,
): Behaviour<K> {
  return ({ res, carryOut, hit }, fault) => {
    const answer = carryOut();
    hit();
    const { socket } = res;
    write(res, answer, fault);
    // Where something wrote to the socket itself, the answer ends with the socket.
    return ended(res.writableEnded ? res : (socket ?? res), answer.status);
  };
}

/** A fault of the answer alone: a refusal is answered as always, and the fault waits for a call that succeeds. */
function onSuccess<K extends CallFaultKind>(
  act: (exchange: Exchange, answer: SequraAnswer, fault: Fault<K>) => Promise<Ending>,
): Behaviour<K> {
  return (exchange, fault) => {
    const answer = exchange.carryOut();
    if (answer.status >= 300) return sendAnswer(exchange.res, answer);
    exchange.hit();
    return act(exchange, answer, fault);
  };
}

const withField = (answer: SequraAnswer, field: string, value: string): SequraAnswer => ({
  ...answer,
  body: JSON.stringify({ ...(JSON.parse(answer.body) as object), [field]: value }),
});

const retryAfter = (text: string | null) => (text === null ? {} : { headers: { 'retry-after': text } });

function serverError(status: number): Behaviour<'http_500' | 'http_502' | 'http_503' | 'http_504'> {
  return ({ res, carryOut, hit }, fault) => {
    if (fault.effect) carryOut();
    hit();
    return sendAnswer(res, {
      ...errorAnswer(status, 'server_error', 'Error interno del servidor', fault.shape),
      ...retryAfter(fault.retry_after),
    });
  };
}

export const CALL_FAULTS: { [K in CallFaultKind]: Behaviour<K> } = {
  timeout_before_effect: (exchange, fault) => {
    exchange.hit();
    return neverAnswer(exchange, fault.hold_ms);
  },
  timeout_after_effect: (exchange, fault) => {
    exchange.carryOut();
    exchange.hit();
    return neverAnswer(exchange, fault.hold_ms);
  },
  reset_before_effect: ({ res, hit }) => {
    hit();
    return reset(res);
  },
  reset_after_effect: ({ res, carryOut, hit }) => {
    carryOut();
    hit();
    return reset(res);
  },
  http_500: serverError(500),
  http_502: serverError(502),
  http_503: serverError(503),
  http_504: serverError(504),
  rate_limited: ({ res, hit }, fault) => {
    hit();
    const answer = errorAnswer(429, 'too_many_requests', 'Demasiadas peticiones', fault.shape);
    return sendAnswer(res, { ...answer, ...retryAfter(fault.retry_after) });
  },
  refuse: ({ res, hit }, fault) => {
    hit();
    return sendAnswer(res, errorAnswer(fault.status, fault.code, 'La petición no se puede procesar', fault.shape));
  },
  redirect: ({ res, carryOut, hit }, fault) => {
    if (fault.effect) carryOut();
    hit();
    return sendAnswer(res, {
      status: fault.status,
      type: 'text/plain',
      body: '',
      headers: { location: fault.location },
    });
  },
  cut_body: onSuccess(async ({ res, gone }, answer) => {
    writeHead(res, answer);
    res.write(answer.body.slice(0, answer.body.length / 2), () => res.destroy());
    if (!gone.aborted) await once(gone, 'abort');
    return { outcome: 'cut', http_status: answer.status };
  }),
  unreadable_body: onSuccess(({ res }, answer, fault) => sendAnswer(res, { ...answer, body: fault.body })),
  other_reference: onSuccess(({ res }, answer, fault) =>
    sendAnswer(res, withField(answer, 'reference', fault.answered)),
  ),
  other_total: onSuccess(({ res }, answer, fault) =>
    sendAnswer(res, withField(answer, 'total_with_tax', fault.answered)),
  ),
  drip: onSuccess(async ({ res, gone }, answer, fault) => {
    writeHead(res, answer);
    for (const byte of Buffer.from(answer.body)) {
      res.write(Buffer.of(byte));
      if (await leftWithin(gone, fault.gap_ms)) return { outcome: 'client_left', http_status: answer.status };
    }
    res.end();
    return ended(res, answer.status);
  }),
  huge_body: onSuccess(async ({ res, gone }, answer, fault) => {
    const head = `${answer.body.slice(0, -1)},"padding":"`;
    writeHead(res, answer, Buffer.byteLength(head) + fault.bytes + 2);
    res.write(head);
    for (let left = fault.bytes; left > 0 && !gone.aborted; left -= PADDING.length) {
      if (!res.write(PADDING.subarray(0, left))) await once(res, 'drain', { signal: gone }).catch(() => undefined);
    }
    res.end('"}');
    return ended(res, answer.status);
  }),
  delay: async ({ res, carryOut, hit, closing }, fault) => {
    hit();
    const early = fault.before_effect ? null : carryOut();
    const inTime = await sleep(fault.delay_ms, true, { signal: closing }).catch(() => false);
    return inTime ? sendAnswer(res, early ?? carryOut()) : hangUp(res);
  },
  interim: async (exchange, fault) => {
    const answer = exchange.carryOut();
    exchange.hit();
    writeInterim(exchange.res, fault.statuses);
    return sendAnswer(exchange.res, answer);
  },
  encoded: written((res, answer, fault) => writeEncoded(res, answer, fault.coding)),
  trailers: written(writeChunked),
  http_1_0: written(writeOldFashioned),
};

/** Typed so that a fault can only meet its own behaviour. */
export function meetFault<K extends CallFaultKind>(exchange: Exchange, fault: Fault<K>): Promise<Ending> {
  const behaviour: Behaviour<K> = CALL_FAULTS[fault.kind];
  return behaviour(exchange, fault);
}
