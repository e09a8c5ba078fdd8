// A valid set of settings, and ways to change one thing in it.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../src/config/model.ts';
import { loadConfig } from '../../src/config/load.ts';

export const PLAIN_HTTP_RULE = 'must be https; http is for a loopback host, or anywhere with ALLOW_PLAIN_HTTP=true.';

/** A part of every wrong value, which no mistake may repeat. */
export const CANARY = 'canary';

export type Env = Record<string, string | undefined>;
type Json = Record<string, unknown>;

const dir = mkdtempSync(join(tmpdir(), 'config-'));
process.once('exit', () => rmSync(dir, { recursive: true }));
let files = 0;

export function writtenFile(content: string | Uint8Array): string {
  const path = join(dir, `${(files += 1)}`);
  writeFileSync(path, content);
  return path;
}

export const token = () => randomBytes(32).toString('base64url');
export const digest = () => createHash('sha256').update(randomBytes(8)).digest('hex');
export const payloadKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;

export function merchant(changes: Json = {}): Json {
  return {
    id: 'merchant_1',
    country: 'ES',
    username: 'merchant_1',
    password: 'secret',
    webhook_tokens: [token()],
    ...changes,
  };
}

/** The `notify` of a merchant. */
export function endpoint(changes: Json = {}): Json {
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  return { url: 'https://shop.example/hooks', secret, ...changes };
}

export function apiKey(changes: Json = {}): Json {
  return { id: 'pos-backend', sha256: digest(), merchants: ['merchant_1'], scopes: ['orders:read'], ...changes };
}

export function merchantsFile(document: unknown = { merchants: [merchant()], api_keys: [apiKey()] }): string {
  return writtenFile(JSON.stringify(document));
}

export function environment(changes: Env = {}): Env {
  return {
    SEQURA_BASE_URL: 'https://sequra.example',
    PAYLOAD_KEYS: payloadKey('k1'),
    MERCHANTS_FILE: changes['MERCHANTS_FILE'] ?? merchantsFile(),
    ...changes,
  };
}

export function mistakesOf(changes: Env): string[] {
  const loaded = loadConfig(environment(changes));
  return loaded.ok ? [] : loaded.mistakes;
}

export function mistakesInFile(document: unknown, changes: Env = {}): string[] {
  return mistakesOf({ ...changes, MERCHANTS_FILE: merchantsFile(document) });
}

export function configOf(changes: Env = {}): Config {
  const loaded = loadConfig(environment(changes));
  if (!loaded.ok) throw new Error(loaded.mistakes.join('\n'));
  return loaded.config;
}
