// What production refuses: secrets that are known or guessable, and protections that are switched off.
import { createHash } from 'node:crypto';

/** API keys that stand in our documents, or that people choose to try things out. The first opens the development stack. */
const KNOWN_API_KEYS = ['dev-key', '', 'admin', 'api-key', 'changeme', 'dev', 'key', 'password', 'secret'];
const KNOWN_DIGESTS: ReadonlySet<string> = new Set(
  KNOWN_API_KEYS.map((key) => createHash('sha256').update(key).digest('hex')),
);

const LEAST_CLIENT_SECRET = 16;
const FEWEST_CHARACTERS = 8;
const FEWEST_BYTES = 4;
const LEAST_NOTIFY_BYTES = 24;

export const ONLY_IN_DEVELOPMENT = 'allowed only with DEVELOPMENT=true';

/** What is weak about a secret, or null. 32 random bytes never look like this. */
export const weakness = {
  apiKey: (sha256: string) => (KNOWN_DIGESTS.has(sha256.toLowerCase()) ? 'is the digest of a key that is known' : null),

  webhookToken: fewCharacters,

  clientSecret: (secret: string) =>
    secret.length < LEAST_CLIENT_SECRET ? `has fewer than ${LEAST_CLIENT_SECRET} characters` : fewCharacters(secret),

  payloadKey: (key: Uint8Array) =>
    new Set(key).size < FEWEST_BYTES || isCounting(key) ? 'is no random key: its bytes repeat or count' : null,

  notifySecret: (secret: string) =>
    Buffer.from(secret.replace(/^whsec_/, ''), 'base64').length < LEAST_NOTIFY_BYTES
      ? `stands for fewer than ${LEAST_NOTIFY_BYTES} bytes`
      : null,
};

function fewCharacters(text: string): string | null {
  return new Set(text).size < FEWEST_CHARACTERS ? `has fewer than ${FEWEST_CHARACTERS} different characters` : null;
}

function isCounting(bytes: Uint8Array): boolean {
  const step = (bytes[1] ?? 0) - (bytes[0] ?? 0);
  return bytes.every((byte, index) => index === 0 || (byte - (bytes[index - 1] ?? 0) - step) % 256 === 0);
}
