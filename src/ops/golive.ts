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
  --json           a line of JSON for each step, and one for all of them
It places three orders at SEQURA_BASE_URL, one of which is signed, and cancels them again. Settings: API_URL, API_KEY, MERCHANTS_FILE,
SEQURA_BASE_URL, WEBHOOK_PROBE_URL (docs/reference/settings.md).`;

const OPTIONS = {
  merchant: { type: 'string' },
  phone: { type: 'string' },
  store: { type: 'string', default: 'store_1' },
  cents: { type: 'string', default: '10000' },
  minutes: { type: 'string', default: '10' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Of the simulator's customers. */
const NOBODYS_PHONE = '+34666123456';

type Write = (line: string) => void;

function positive(option: string, text: string): number {
  if (Number(text) > 0) return Number(text);
  throw new Error(`--${option} has to be a number above 0.`);
}

/** Answers with the exit code. `env`: in place of the environment. `beside`: what is not the answer, where that is JSON. */
export async function golive(args: readonly string[], out: Write, env?: Env, beside: Write = out): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const write = values.json ? beside : out;
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

  const report = values.json ? inJson(out) : inWords(out);
  report.begins(walk, config.apiUrl);
  const ends = await steps(walk, report.ended);
  const leftOver = await cleanUp(walk).catch(() => Object.values(walk.orders).map(({ id }) => id));
  const failed = ends.filter(({ outcome }) => outcome === 'failed' || outcome === 'not_tried').length;
  report.ends({
    failed,
    left_over: leftOver,
    webhook_address: `${walk.webhooks}${merchant.webhookTokens[0] ?? ''}`,
    webhook_address_known: config.webhookProbeUrl !== null,
  });
  return failed === 0 ? 0 : 1;
}

/** How a step of the walk ended. */
type End = { step: string; outcome: 'passed' | 'skipped' | 'failed' | 'not_tried'; said: string; todo?: string };
type Whole = { failed: number; left_over: string[]; webhook_address: string; webhook_address_known: boolean };
type Report = { begins: (walk: Walk, apiUrl: string) => void; ended: (end: End) => void; ends: (whole: Whole) => void };

const inJson = (out: Write): Report => ({
  begins: ({ merchant, sequra }, apiUrl) =>
    out(JSON.stringify({ merchant: merchant.id, api: apiUrl, sequra: sequra.name })),
  ended: (end) => out(JSON.stringify(end)),
  ends: (whole) => out(JSON.stringify(whole)),
});

const MARKS = { passed: '✓', skipped: '–', failed: '✗', not_tried: '✗' } as const;

function inWords(out: Write): Report {
  let merchantId = '';
  return {
    begins({ merchant, sequra }, apiUrl) {
      merchantId = merchant.id;
      out(`${merchantId} at ${apiUrl}; seQura is ${sequra.name}`);
    },
    ended({ step, outcome, said, todo }) {
      out(`  ${MARKS[outcome]} ${step.padEnd(18)} ${said}`);
      if (todo !== undefined) out(`    ${''.padEnd(18)} → ${todo}`);
    },
    ends({ failed, left_over: leftOver, webhook_address: address, webhook_address_known: known }) {
      for (const id of leftOver)
        out(`  left over: ${id}, which needs an operator. Look at it in the Temporal UI (docs/operations.md).`);
      out('');
      out(`The address for seQura’s webhooks of ${merchantId}, a secret between seQura and you:`);
      out(`  ${address}`);
      if (!known)
        out(
          '  WEBHOOK_PROBE_URL is not set: if seQura reaches the API at another address than API_URL, it is another one.',
        );
      out('');
      out(failed === 0 ? 'Everything is as it should be.' : `${failed} of ${STEPS.length} did not pass.`);
    },
  };
}

async function steps(walk: Walk, ended: (end: End) => void): Promise<End[]> {
  const ends: End[] = [];
  const done = new Set<string>();
  for (const { name: step, needs, run } of STEPS) {
    const end: End =
      needs !== undefined && !done.has(needs)
        ? { step, outcome: 'not_tried', said: `not tried, because of ${needs}` }
        : await endOf(step, run(walk));
    if (end.outcome === 'passed' || end.outcome === 'skipped') done.add(step);
    ends.push(end);
    ended(end);
  }
  return ends;
}

async function endOf(step: string, running: Promise<Seen>): Promise<End> {
  try {
    const seen = await running;
    if ('passed' in seen) return { step, outcome: 'passed', said: seen.passed };
    return { step, outcome: 'skipped', said: seen.skipped };
  } catch (error) {
    if (!(error instanceof NotPassed)) throw error;
    return { step, outcome: 'failed', said: error.message, todo: error.todo };
  }
}
