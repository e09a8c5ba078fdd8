// The simulator's side of the merchants file (http-api.md, section 8): the same credentials, and the webhook URL made of the first token.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Env } from '../config/variables.ts';
import { tidyValue } from '../config/variables.ts';
import type { SimulatedMerchant } from './merchants.ts';

const secret = z.union([z.string(), z.object({ env: z.string() }), z.object({ file: z.string() })]);
const merchantsFile = z.object({
  merchants: z
    .array(
      z.object({ id: z.string(), username: z.string(), password: secret, webhook_tokens: z.array(secret).default([]) }),
    )
    .min(1),
});

function readSecret(value: z.output<typeof secret>, env: Env): string {
  if (typeof value === 'string') return value;
  if ('file' in value) return tidyValue(readFileSync(value.file, 'utf8'));
  const text = env[value.env];
  if (text === undefined) throw new Error(`the variable ${value.env}, named in the merchants file, is not set`);
  return tidyValue(text);
}

/** `apiUrl`: base of the API that takes the webhooks. A merchant without a token gets none. */
export function readSimulatedMerchants(path: string, apiUrl: string, env: Env): SimulatedMerchant[] {
  const parsed = merchantsFile.safeParse(JSON.parse(tidyValue(readFileSync(path, 'utf8'))));
  if (!parsed.success) {
    const places = parsed.error.issues.map((issue) => `/${issue.path.map(String).join('/')}: ${issue.message}`);
    throw new Error(`the merchants file has mistakes: ${places.join('; ')}`);
  }
  return parsed.data.merchants.map(({ id, username, password, webhook_tokens: [token] }) => ({
    id,
    username,
    password: readSecret(password, env),
    webhookUrl:
      token === undefined ? null : `${apiUrl.replace(/(?<!\/)\/+$/u, '')}/webhooks/sequra/${readSecret(token, env)}`,
  }));
}
