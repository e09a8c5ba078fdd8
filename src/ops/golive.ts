// `npm run golive -- --merchant ID`: walks a merchant's set-up through everything that happens to orders, against the simulator or seQura's
// sandbox, and ends with 0 only where all of it is as it should be. In an image: `temporal-orders golive`.
import { parseArgs } from 'node:util';
import { configOrExit, loadGoliveConfig } from '../config/load.ts';
import type { Env } from '../config/variables.ts';
import { sandboxAt, simulatorAt } from './golive/sequra-side.ts';
import type { Seen } from './golive/step.ts';
import { NotPassed } from './golive/step.ts';
import { STEPS } from './golive/steps.ts';
import { tillOf } from './golive/till.ts';
import type { Walk } from './golive/walk.ts';
import { cleanUp } from './golive/walk.ts';

const USAGE = `usage: npm run golive -- --merchant ID [options]
  --merchant ID    the merchant of the merchants file whose set-up is walked through
  --phone NUMBER   the phone of whoever signs in seQura's sandbox: three SMS go there
  --store REF      the store of its orders (store_1)
  --cents N        the amount of each (10000)
  --minutes N      how long the signature is waited for (10)
It places three orders at SEQURA_BASE_URL, one of which is signed, and cancels them again. Settings: API_URL, API_KEY, MERCHANTS_FILE,
SEQURA_BASE_URL, WEBHOOK_PROBE_URL (docs/reference/settings.md).`;

const OPTIONS = {
  merchant: { type: 'string' },
  phone: { type: 'string' },
  store: { type: 'string', default: 'store_1' },
  cents: { type: 'string', default: '10000' },
  minutes: { type: 'string', default: '10' },
  help: { type: 'boolean', default: false },
} as const;

/** Of the simulator's customers. */
const NOBODYS_PHONE = '+34666123456';

type Write = (line: string) => void;

function positive(option: string, text: string): number {
  if (Number(text) > 0) return Number(text);
  throw new Error(`--${option} has to be a number above 0.`);
}

/** Answers with the exit code. `env`: in place of the environment. */
export async function golive(args: readonly string[], write: Write, env?: Env): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help || values.merchant === undefined) {
    write(USAGE);
    return values.help ? 0 : 1;
  }
  const [cents, minutes] = [positive('cents', values.cents), positive('minutes', values.minutes)];
  const config = configOrExit(loadGoliveConfig, env);
  const merchant = config.merchants.get(values.merchant);
  if (merchant === undefined) {
    write(`The merchants file has no merchant ${values.merchant}: ${[...config.merchants.keys()].join(', ')}.`);
    return 1;
  }
  const say: Write = (line) => write(`  … ${line}`);
  const simulator = await simulatorAt(config.sequra.baseUrl);
  if (simulator === null && values.phone === undefined) {
    write(
      `${config.sequra.baseUrl} is no simulator: the orders of this walk are real ones there. Name the phone of whoever signs, with --phone.`,
    );
    return 1;
  }
  const phone = values.phone ?? NOBODYS_PHONE;
  const walk: Walk = {
    merchant,
    till: tillOf(config.apiUrl, config.apiKey),
    sequra: simulator ?? sandboxAt(config.sequra.baseUrl, phone, minutes, say),
    webhooks: new URL('.', config.webhookProbeUrl ?? `${config.apiUrl}/webhooks/sequra/`).href,
    phone,
    storeRef: values.store,
    cents,
    say,
    run: `golive-${Date.now().toString(36)}`,
    orders: {},
  };

  write(`${merchant.id} at ${config.apiUrl}; seQura is ${walk.sequra.name}`);
  const failed = await steps(walk, write);
  const left = await cleanUp(walk).catch(() => Object.values(walk.orders).map(({ id }) => id));
  for (const id of left)
    write(`  left over: ${id}, which needs an operator. Look at it in the Temporal UI (docs/operations.md).`);
  write('');
  write(`The address for seQura’s webhooks of ${merchant.id}, a secret between seQura and you:`);
  write(`  ${walk.webhooks}${merchant.webhookTokens[0] ?? ''}`);
  if (config.webhookProbeUrl === null)
    write(
      '  WEBHOOK_PROBE_URL is not set: if seQura reaches the API at another address than API_URL, it is another one.',
    );
  write('');
  write(failed === 0 ? 'Everything is as it should be.' : `${failed} of ${STEPS.length} did not pass.`);
  return failed === 0 ? 0 : 1;
}

/** Answers with how many did not pass. */
async function steps(walk: Walk, write: Write): Promise<number> {
  const done = new Set<string>();
  let failed = 0;
  const line = (mark: string, name: string, text: string) => write(`  ${mark} ${name.padEnd(18)} ${text}`);
  for (const { name, needs, run } of STEPS) {
    if (needs !== undefined && !done.has(needs)) {
      failed += 1;
      line('✗', name, `not tried, because of ${needs}`);
      continue;
    }
    const seen = await run(walk).catch((error: unknown): Seen | NotPassed => {
      if (error instanceof NotPassed) return error;
      throw error;
    });
    if (seen instanceof NotPassed) {
      failed += 1;
      line('✗', name, seen.message);
      write(`    ${''.padEnd(18)} → ${seen.todo}`);
    } else {
      done.add(name);
      if ('passed' in seen) line('✓', name, seen.passed);
      else line('–', name, seen.skipped);
    }
  }
  return failed;
}
