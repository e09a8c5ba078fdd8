// The command line of the simulator.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { hostNames } from '../config/parsers.ts';
import type { Env } from '../config/variables.ts';
import { readSimulatedMerchants } from './merchants-file.ts';
import type { Simulator } from './simulator.ts';
import { startSimulator } from './simulator.ts';
import { DEFAULT_REPEAT } from './webhooks.ts';

export const USAGE = `usage: npm run simulator -- --merchants FILE [options]

  --merchants FILE      the merchants file of the API: id, username, password, webhook_tokens
  --api URL             base URL of the API that takes the webhooks (http://127.0.0.1:3000)
  --port N              port to listen on (4000)
  --host HOST           host to listen on (127.0.0.1)
  --public-url URL      base of the links in SMS, where it is not the URL listened on
  --hosts NAMES         names, with commas, by which the pages are called besides loopback's and that of the public URL
  --data FOLDER         a folder of its own to keep everything in over restarts; without it, in memory until the end
  --sms-limit N         SMS per order (5)
  --webhook-gap-ms N    gap before the first repeat of a webhook; each next one is twice as long (${DEFAULT_REPEAT.baseGapMs})
  --help                this text
`;

export const OPTIONS = {
  merchants: { type: 'string' },
  api: { type: 'string', default: 'http://127.0.0.1:3000' },
  port: { type: 'string', default: '4000' },
  host: { type: 'string', default: '127.0.0.1' },
  'public-url': { type: 'string' },
  hosts: { type: 'string' },
  data: { type: 'string' },
  'sms-limit': { type: 'string', default: '5' },
  'webhook-gap-ms': { type: 'string', default: String(DEFAULT_REPEAT.baseGapMs) },
  help: { type: 'boolean', default: false },
} as const;

const count = z
  .string()
  .regex(/^\d{1,9}$/, 'a whole number')
  .transform(Number);
const url = z.url({ protocol: /^https?$/ });
const settings = z.object({
  merchants: z.string('which FILE?').min(1),
  api: url,
  port: count.pipe(z.number().max(65_535)),
  host: z.string().min(1),
  'public-url': url.optional(),
  hosts: z
    .string()
    .default('')
    .transform((text, context) => {
      try {
        return text === '' ? [] : hostNames(text);
      } catch (error) {
        context.addIssue(error instanceof Error ? error.message : 'wrong');
        return z.NEVER;
      }
    }),
  data: z.string().min(1, 'which FOLDER?').optional(),
  'sms-limit': count,
  'webhook-gap-ms': count,
});

function readArguments(args: string[]): z.output<typeof settings> | 'help' {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) return 'help';
  const parsed = settings.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new Error(
    parsed.error.issues.map(({ path, message }) => `--${path.map(String).join('.')}: ${message}`).join('\n'),
  );
}

/** Null where the command only had something to say. Throws, with a text for a human, on a wrong setting. */
export async function simulatorMain(
  args: string[],
  env: Env,
  write: (line: string) => void,
): Promise<Simulator | null> {
  const values = readArguments(args);
  if (values === 'help') {
    write(USAGE);
    return null;
  }
  const publicUrl = values['public-url']?.replace(/(?<!\/)\/+$/u, '');
  const simulator = await startSimulator({
    port: values.port,
    host: values.host,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    hosts: values.hosts,
    ...(values.data === undefined ? {} : { dataFolder: values.data }),
    merchants: readSimulatedMerchants(values.merchants, values.api, env),
    smsLimit: values['sms-limit'],
    webhookRepeat: { baseGapMs: values['webhook-gap-ms'] },
    log: write,
  });
  const shown = publicUrl ?? simulator.url;
  write(
    `seQura simulator: ${simulator.url} (orders ${shown}/, phones ${shown}/inbox, faults ${shown}/faults); ${values.data === undefined ? 'everything is forgotten when it ends' : `kept in ${values.data}`}`,
  );
  return simulator;
}
