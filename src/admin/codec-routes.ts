// `/codec/decode` and `/codec/encode`: where the Temporal UI has payloads made readable (Temporal docs, "Codec Server").
import { once } from 'node:events';
import type { Payload, PayloadCodec } from '@temporalio/common';
import cors from 'cors';
import type { Request, Response, Router } from 'express';
import express from 'express';
import { z } from 'zod';
import { readBytes } from '../api/http/body.ts';
import { Problem } from '../api/http/problem.ts';
import { withoutPersonalData } from '../order/personal.ts';
import type { People, Person } from './people.ts';
import { operatorsOnly, personOf } from './people.ts';

/** By its alphabet and length, in linear time however long it is. */
const base64Text = z.string().refine((text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text));
/** As protobuf's JSON writes it: bytes in base64. */
const jsonPayload = z.object({ metadata: z.record(z.string(), base64Text).optional(), data: base64Text.optional() });
/** Where there are none, protobuf's JSON leaves them out. */
const jsonPayloads = z.strictObject({ payloads: z.array(z.unknown()).default([]) });
type JsonPayload = z.infer<typeof jsonPayload>;

/** What Temporal takes in one message. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Several times what the UI asks for at once. */
const MOST_PAYLOADS = 2_000;
/** Lists, objects and members; a payload of ours has 10. */
const MOST_PARTS = 20 * MOST_PAYLOADS;
/** From the first byte of a call to the last of its answer: two of the largest, or many small ones, of which a browser sends 6. */
const MOST_BYTES_AT_ONCE = 2 * MOST_BYTES;
/** What a small call weighs. */
const LEAST_WEIGHT = 128 * 1024;
const SCANNED_BYTES = 128 * 1024;

/** What a call had decoded. `ids`: of the workflows that the payloads are bound to, as far as they say so. */
export type Decoded = { person: Person; payloads: number; ids: string[] };

export type CodecRoutes = {
  /** Null: encryption is off, and payloads pass as they are. */
  codec: PayloadCodec | null;
  /** Of the pages that may call from a browser. */
  origins: readonly string[];
  people: Pick<People, 'known' | 'headers'>;
  /** Hears of each call, also of one that was broken off. */
  decoded: (what: Decoded) => void;
};

export function codecRoutes({ codec, origins, people, decoded }: CodecRoutes): Router {
  const router = express.Router();
  const allowedHeaders = ['Content-Type', 'X-Namespace', ...people.headers];
  router.use('/codec', cors({ origin: [...origins], methods: 'POST', allowedHeaders }));
  // What is typed is believed as an operator's.
  router.post('/codec/encode', people.known, operatorsOnly);
  router.post('/codec/decode', people.known);
  let underWay = 0;
  for (const direction of ['decode', 'encode'] as const) {
    router.post(`/codec/${direction}`, async (req, res) => {
      const weight = weightOf(req);
      if (underWay + weight > MOST_BYTES_AT_ONCE) {
        throw new Problem('rate_limited', 'Too many calls at once.', { headers: { 'Retry-After': '1' } });
      }
      underWay += weight;
      res.once('close', () => (underWay -= weight));
      const body = await readBytes(req, res, { maxBytes: MOST_BYTES });
      await requireFewParts(body, res);
      const payloads = payloadsIn(body);
      if (direction === 'encode')
        return sendEach(res, payloads, weight, (payload) => convert(codec, 'encode', payload));
      await decodeEach(res, payloads, weight);
    });
  }

  async function decodeEach(res: Response, payloads: JsonPayload[], weight: number): Promise<void> {
    const person = personOf(res);
    const ids = new Set<string>();
    res.once('close', () => decoded({ person, payloads: payloads.length, ids: [...ids] }));
    await sendEach(res, payloads, weight, async (payload) => {
      const clear = await convert(codec, 'decode', payload);
      // Only what was sealed says truly where it belongs: whatever else a caller sends says what he likes.
      const id = encodingOf(payload) === ENCRYPTED ? workflowIn(clear) : null;
      if (id !== null) ids.add(id);
      return person.role === 'operator' ? clear : hidden(clear);
    });
  }

  return router;
}

const ENCRYPTED = 'binary/encrypted';
const encodingOf = ({ metadata }: JsonPayload) => Buffer.from(metadata?.['encoding'] ?? '', 'base64').toString();

/** As the codec of people says it of a payload that it has opened; null of one that it has not. */
function workflowIn(clear: JsonPayload): string | null {
  if (encodingOf(clear) === ENCRYPTED) return null;
  const { metadata } = clear;
  const bond = Buffer.from(metadata?.['bound-to'] ?? '', 'base64').toString();
  return /^(?:workflow|activity) (\S.*)$/.exec(bond)?.[1] ?? null;
}

/** What cannot be looked into is hidden as a whole; what is still encrypted, and nothing, stay. */
function hidden(payload: JsonPayload): JsonPayload {
  const { metadata = {}, data = '' } = payload;
  const encoding = encodingOf(payload);
  if (encoding === 'binary/null' || encoding === ENCRYPTED) return payload;
  const shown = (text: string) => ({
    metadata: { ...metadata, encoding: Buffer.from('json/plain').toString('base64') },
    data: Buffer.from(text).toString('base64'),
  });
  try {
    if (encoding === 'json/plain') return shown(withoutPersonalData(Buffer.from(data, 'base64').toString('utf8')));
  } catch {
    // It is no JSON, or nests deeper than can be followed.
  }
  return shown('{"hidden":true}');
}

/** In bytes, as the request says; a body in pieces may become as long as any. */
function weightOf(req: Request): number {
  return Math.max(LEAST_WEIGHT, Math.min(Number(req.headers['content-length'] ?? MOST_BYTES), MOST_BYTES));
}

/**
 * Each payload is converted when what was before it has been read: payloads are packed, and an answer may be many times what a call sends. Everything
 * else in this process has its turn in between. A call whose caller does not read makes way (`unsent`).
 */
async function sendEach(
  res: Response,
  payloads: readonly JsonPayload[],
  weight: number,
  work: (payload: JsonPayload) => Promise<JsonPayload>,
): Promise<void> {
  const { turn } = res.locals;
  res.type('json').write('{"payloads":[');
  for (const [at, payload] of payloads.entries()) {
    await turn?.step();
    if (res.write(`${at === 0 ? '' : ','}${JSON.stringify(await work(payload))}`)) continue;
    turn?.unsent(weight);
    await once(res, 'drain');
    turn?.unsent(0);
  }
  res.end(']}');
}

/** Before it is parsed, which nothing can interrupt: a body of few bytes a payload would make millions of them. */
async function requireFewParts(body: Buffer, res: Response): Promise<void> {
  let parts = 0;
  for (let from = 0; from < body.length; from += SCANNED_BYTES) {
    for (const byte of body.subarray(from, from + SCANNED_BYTES)) {
      if (byte === 0x2c || byte === 0x5b || byte === 0x7b) parts += 1;
    }
    if (parts > MOST_PARTS) throw tooMany();
    await res.locals.turn?.step();
  }
}

function payloadsIn(body: Buffer): JsonPayload[] {
  let payloads: unknown[];
  try {
    ({ payloads } = jsonPayloads.parse(JSON.parse(body.toString('utf8'))));
  } catch {
    throw malformed();
  }
  if (payloads.length > MOST_PAYLOADS) throw tooMany();
  const parsed = z.array(jsonPayload).safeParse(payloads);
  if (!parsed.success) throw malformed();
  return parsed.data;
}

const malformed = () => new Problem('malformed_body', 'Expected `{"payloads": […]}` with bytes in base64.');
const tooMany = () => new Problem('body_too_large', `A call may have at most ${MOST_PAYLOADS} payloads.`);

/** A payload that cannot be read stays as it is, so that it hides no other. */
async function convert(
  codec: PayloadCodec | null,
  direction: 'decode' | 'encode',
  json: JsonPayload,
): Promise<JsonPayload> {
  try {
    const [payload] = (await codec?.[direction]([fromJson(json)])) ?? [];
    return payload === undefined ? json : toJson(payload);
  } catch {
    return json;
  }
}

function fromJson({ metadata = {}, data = '' }: JsonPayload): Payload {
  const entries = Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')] as const);
  return { metadata: Object.fromEntries(entries), data: Buffer.from(data, 'base64') };
}

function toJson({ metadata, data }: Payload): JsonPayload {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  return {
    metadata: Object.fromEntries(entries) as Record<string, string>,
    data: Buffer.from(data ?? []).toString('base64'),
  };
}
