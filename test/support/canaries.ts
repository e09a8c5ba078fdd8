// The secrets and the customer of every test. Their values stand nowhere else, so that tests can look for them where they must not be.
import { existsSync, readFileSync } from 'node:fs';
import type { PayloadKey } from '../../src/config/model.ts';

export const PERSON = {
  operator_ref: 'Zacharias.Canary@shop.example',
  given_names: 'Xochiquetzal-Canary',
  surnames: 'Wojciechowska Ñandú',
  mobile_phone: '+34698765432',
  date_of_birth: '1987-11-29',
  nin: '98765432M',
  address: 'Calle del Quetzalcóatl 777',
  city: 'Ultramort-Canary',
};

/** The API key of the till. */
export const API_KEY = 'canary-key-of-the-till';
/** The password of the account at seQura. */
export const PASSWORD = 'canary-password-of-the-account';
export const WEBHOOK_TOKEN = 'canary-token-that-only-sequra-knows'.padEnd(43, '0');
export const WEBHOOK_PATH = `/webhooks/sequra/${WEBHOOK_TOKEN}`;
/** The two secrets of the merchant's endpoint: in the path of its URL, and for signing its notifications. */
export const ENDPOINT_PATH = 'canary-hook-5e1f';
export const ENDPOINT_SECRET = `whsec_${Buffer.from('canary secret of a merchant').toString('base64')}`;

export const PAYLOAD_KEYS: [PayloadKey] = [{ id: 'k1', key: Buffer.alloc(32, 'canary') }];
/** Another key with the same id. */
export const WRONG_PAYLOAD_KEY: PayloadKey = { id: 'k1', key: Buffer.alloc(32, 'other canary') };

const base64 = ({ key }: PayloadKey) => Buffer.from(key).toString('base64');

/** The setting PAYLOAD_KEYS for these keys. */
export function payloadKeysSetting(...keys: PayloadKey[]): string {
  return keys.map((key) => `${key.id}:${base64(key)}`).join();
}

/** Texts that no process may write, and that Temporal may not keep in the clear. */
export const CANARIES = [
  ...Object.values(PERSON),
  PERSON.mobile_phone.slice('+34'.length),
  API_KEY,
  PASSWORD,
  WEBHOOK_TOKEN,
  ENDPOINT_PATH,
  ENDPOINT_SECRET,
  ...[...PAYLOAD_KEYS, WRONG_PAYLOAD_KEY].map(base64),
];

/** The canaries found in a text, or in an existing file. */
export function canariesIn(texts: readonly string[], files: readonly string[] = []): string[] {
  const kept = files.filter((file) => existsSync(file)).map((file) => readFileSync(file));
  const places = [...texts.map((text) => Buffer.from(text)), ...kept];
  return CANARIES.filter((canary) => places.some((place) => place.includes(canary)));
}
