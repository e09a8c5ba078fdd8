// `/codec/decode` and `/codec/encode`: where the Temporal UI has payloads made readable (Temporal docs, "Codec Server").
import type { Payload, PayloadCodec } from '@temporalio/common';
import cors from 'cors';
import type { Router } from 'express';
import express from 'express';
import { z } from 'zod';
import { readBytes } from '../api/body.ts';
import { Problem } from '../api/problem.ts';

/** As protobuf's JSON writes it: bytes in base64. */
const jsonPayload = z.object({ metadata: z.record(z.string(), z.base64()).optional(), data: z.base64().optional() });
/** Where there are none, protobuf's JSON leaves them out. */
const jsonPayloads = z.strictObject({ payloads: z.array(jsonPayload).default([]) });
type JsonPayload = z.infer<typeof jsonPayload>;

const MOST_BYTES = 4 * 1024 * 1024;

/** `codec` null: encryption is off, and payloads pass as they are. `origins`: of the pages that may call from a browser. */
export function codecRoutes(codec: PayloadCodec | null, origins: readonly string[]): Router {
  const router = express.Router();
  router.use(
    '/codec',
    cors({ origin: [...origins], methods: 'POST', allowedHeaders: ['Content-Type', 'X-Namespace'] }),
  );
  for (const direction of ['decode', 'encode'] as const) {
    router.post(`/codec/${direction}`, async (req, res) => {
      const payloads = payloadsIn(await readBytes(req, res, MOST_BYTES));
      res.json({ payloads: await Promise.all(payloads.map((payload) => convert(codec, direction, payload))) });
    });
  }
  return router;
}

function payloadsIn(body: Buffer): JsonPayload[] {
  try {
    return jsonPayloads.parse(JSON.parse(body.toString('utf8'))).payloads;
  } catch {
    throw new Problem('malformed_body', 'Expected `{"payloads": […]}` with bytes in base64.');
  }
}

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
