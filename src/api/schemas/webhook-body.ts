// The few fields of a webhook that we need, read so that no other field, however broken, can lose a confirmation.
import { parse as parseQuery } from 'node:querystring';
import { z } from 'zod';
import type { SequraEvent } from '../../order/webhook.ts';
import { sha256 } from '../http/auth.ts';
import { jsonNames } from '../http/json.ts';

export const MAX_WEBHOOK_BYTES = 16 * 1024;

/** A text; in JSON also a number. */
const needed = (pattern: string) =>
  z.union([z.string().max(MAX_WEBHOOK_BYTES).meta({ minLength: 1, pattern }), z.number()]);

/** The body that seQura is known to send, for the document. No webhook is checked against it: only the two needed fields are checked. */
export const webhookBody = z
  .looseObject({
    event: needed(String.raw`\S`).meta({ description: 'The name of the event.' }),
    order_ref_1: needed(String.raw`^[\s\S]+$`).meta({ description: 'The reference of the order.' }),
    event_id: z
      .unknown()
      .optional()
      .meta({ description: 'Tells repeats from new events. What is no text counts as left out.' }),
    order_ref: z
      .unknown()
      .optional()
      .meta({ description: 'seQura’s UUID of the order. What is no text counts as left out.' }),
  })
  .meta({
    examples: [
      {
        event: 'order/confirmed',
        event_id: '8c6f2b1e-0a3d-4f57-9b42-6d1e5c7a9f10',
        order_ref_1: 'pos_1234',
        order_ref: 'c0a1b2d3-4e5f-4a6b-8c7d-9e0f1a2b3c4d',
      },
    ],
  });

/** The values of a field: several if it is repeated; null for one that is no text, or not UTF-8. */
type Field = readonly (string | null)[];
type ReadField = (name: string) => Field;

export type ReadWebhook =
  | { mistake: string }
  | {
      /** The name as sent, by which its kind is judged. */
      eventName: string;
      reference: string;
      webhook: SequraEvent;
    };

export const WEBHOOK_TYPES: ReadonlyMap<string, (bytes: Buffer) => ReadField> = new Map([
  ['application/x-www-form-urlencoded', formFields],
  ['application/json', jsonFields],
]);

/** The media type of a webhook without parameters; null for one that we do not read. */
export function webhookType(contentType: string | undefined): string | null {
  const type = (/^[^;,]*/.exec(contentType ?? '')?.[0] ?? '').trim().toLowerCase();
  return WEBHOOK_TYPES.has(type) ? type : null;
}

const MAX_CHARACTERS = 100;

/** `type` is a key of `WEBHOOK_TYPES`. */
export function readWebhook(bytes: Buffer, type: string): ReadWebhook {
  const field = WEBHOOK_TYPES.get(type)?.(bytes) ?? (() => []);
  const event = neededField(field, 'event');
  if (typeof event !== 'string') return event;
  const eventName = event.trim();
  if (eventName === '') return { mistake: '`event` is missing.' };
  const reference = neededField(field, 'order_ref_1');
  if (typeof reference !== 'string') return reference;
  return {
    eventName,
    reference,
    webhook: {
      event: bounded(eventName),
      event_id: optional(field, 'event_id'),
      order_ref: optional(field, 'order_ref'),
    },
  };
}

function neededField(field: ReadField, name: string): string | { mistake: string } {
  const [value, ...more] = field(name);
  if (value === undefined || value === '') return { mistake: `\`${name}\` is missing.` };
  if (more.length > 0) return { mistake: `\`${name}\` is repeated.` };
  return value ?? { mistake: `\`${name}\` is not text in UTF-8.` };
}

function optional(field: ReadField, name: string): string | null {
  const [value, ...more] = field(name);
  const text = value?.trim() ?? '';
  return more.length > 0 || text === '' ? null : bounded(text);
}

/** A long text becomes its digest, by which repeats are still recognised. */
function bounded(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `sha256:${sha256(text).toString('hex')}`;
}

function formFields(bytes: Buffer): ReadField {
  // One character per byte, so that a field which is not UTF-8 does not spoil the others.
  const parsed = parseQuery(bytes.toString('latin1'), '&', '=', { maxKeys: 0, decodeURIComponent: percentDecoded });
  return (name) => {
    const value = parsed[name];
    return value === undefined ? [] : [value].flat().map((text) => fromUtf8(Buffer.from(text, 'latin1')));
  };
}

function percentDecoded(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function fromUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function jsonFields(bytes: Buffer): ReadField {
  const wholeText = fromUtf8(bytes);
  const source = wholeText ?? bytes.toString('utf8');
  const json = parseJson(source);
  if (typeof json !== 'object' || json === null) return () => [];
  const names = topLevelNames(source);
  return (name) => {
    const times = names.filter((one) => one === name).length;
    if (times > 1) return Array<null>(times).fill(null);
    const value: unknown = Object.getOwnPropertyDescriptor(json, name)?.value;
    const text = typeof value === 'number' ? String(value) : value;
    // In a body that is not UTF-8, U+FFFD stands where bytes were lost.
    const readable =
      typeof text === 'string' && !/\p{Surrogate}/u.test(text) && (wholeText !== null || !text.includes('\uFFFD'));
    return value === null || value === undefined ? [] : [readable ? text : null];
  };
}

/** The names of the top level with repeats, of which `JSON.parse` keeps the last. `json` must be JSON. */
function topLevelNames(json: string): string[] {
  return Array.from(jsonNames(json))
    .filter(({ depth }) => depth === 1)
    .map(({ name }) => name);
}

/** Undefined if the text is no JSON: then every field is missing. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch {
    return undefined;
  }
}
