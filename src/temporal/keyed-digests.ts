// Digests made with a payload key: they tell whether two texts are the same without keeping either. Whoever has the key can test a guess.
import type { KeyObject } from 'node:crypto';
import { createHmac, createSecretKey } from 'node:crypto';
import type { PayloadKey } from '../config/model.ts';
import type { PersonalValue } from '../order/search-attributes.ts';

/** Stands in where encryption is off. */
const NO_KEY: PayloadKey = { id: '-', key: Buffer.alloc(32) };

/** Of a request, to compare repeats by: `{key id}:{hex}`; null where that key is gone. */
export function requestDigest(text: string, keys: readonly PayloadKey[] | null, keyId?: string): string | null {
  const key = keyId === undefined ? (keys?.[0] ?? NO_KEY) : [...(keys ?? []), NO_KEY].find(({ id }) => id === keyId);
  return key === undefined ? null : digest(key, 'request', text);
}

/** 128 bits: enough to tell people apart. */
const PERSONAL_CHARACTERS = 32;

/** Of a phone or document number, to find the orders of a person by: `{key id}:{hex}`, with the key that encrypts. */
export function personalDigest(what: PersonalValue, value: string, keys: readonly PayloadKey[] | null): string {
  return personal(keys?.[0] ?? NO_KEY, what, value);
}

/** The digests with every key: an order keeps that of the key which was the first when it was placed. */
export function personalDigests(what: PersonalValue, value: string, keys: readonly PayloadKey[] | null): string[] {
  return [...(keys ?? []), NO_KEY].map((key) => personal(key, what, value));
}

function personal(key: PayloadKey, what: PersonalValue, value: string): string {
  return digest(key, what, value).slice(0, key.id.length + 1 + PERSONAL_CHARACTERS);
}

function digest(key: PayloadKey, of: Digested, text: string): string {
  return `${key.id}:${createHmac('sha256', derivedKey(key, of)).update(text).digest('hex')}`;
}

type Digested = 'request' | PersonalValue;
const derivedKeys = new WeakMap<PayloadKey, Map<Digested, KeyObject>>();

/** Derived once for each key that the process has. */
function derivedKey(key: PayloadKey, of: Digested): KeyObject {
  const ofKey = derivedKeys.get(key) ?? new Map<Digested, KeyObject>();
  derivedKeys.set(key, ofKey);
  const derived =
    ofKey.get(of) ?? createSecretKey(createHmac('sha256', key.key).update(`part-payment-orders ${of} digest`).digest());
  ofKey.set(of, derived);
  return derived;
}
