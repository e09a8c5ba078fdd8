// The tables of docs/reference/settings.md. Names, defaults, bounds and readers come from the code that reads the settings; only the words
// that say what each is for stand here.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { READ_BY } from '../src/config/load.ts';
import { merchantsFile } from '../src/config/merchants-schema.ts';
import { DEFAULT_ADDRESS, DEFAULT_NAMESPACE } from '../src/config/temporal.ts';
import type { Asked } from './asked.ts';
import { askedBy } from './asked.ts';
import { CLI, TEST_SERVER } from '../src/dev/binaries.ts';
import { PORTS } from '../src/dev/settings.ts';
import { OPTIONS, USAGE } from '../src/simulator/command.ts';
import type { WrittenPage } from './written-page.ts';

/** What each variable is for; where its default is not the code's to say, that, too. */
const WORDS: Record<string, string | { what: string; otherwise: string }> = {
  TEMPORAL_ADDRESS: { what: 'Temporal’s frontend', otherwise: `\`${DEFAULT_ADDRESS}\`, or the profile’s` },
  TEMPORAL_NAMESPACE: { what: 'the namespace of the orders', otherwise: `\`${DEFAULT_NAMESPACE}\`, or the profile’s` },
  TEMPORAL_API_KEY: 'for a Temporal that asks for one',
  TEMPORAL_CONFIG_FILE: {
    what: 'the configuration file of Temporal’s own tools',
    otherwise: 'where these look for it',
  },
  TEMPORAL_PROFILE: { what: 'a profile of that file', otherwise: '`default`' },
  TEMPORAL_TLS: { what: 'whether the connection is encrypted', otherwise: 'where a key or a certificate is given' },
  TEMPORAL_TLS_CLIENT_CERT_PATH: 'the client’s certificate',
  TEMPORAL_TLS_CLIENT_CERT_DATA: 'the same, itself',
  TEMPORAL_TLS_CLIENT_KEY_PATH: 'the key of that certificate',
  TEMPORAL_TLS_CLIENT_KEY_DATA: 'the same, itself',
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'who vouches for the server’s certificate',
  TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'the same, itself',
  TEMPORAL_TLS_SERVER_NAME: 'the name in the server’s certificate, where it is another than the address',
  TEMPORAL_TLS_DISABLE_HOST_VERIFICATION:
    'the name is always checked: this SDK would ignore `true`, and no process starts with it',
  TASK_QUEUE: 'where the API puts the work and workers take it',
  SEQURA_BASE_URL: 'seQura’s address; a path is dropped',
  SEQURA_TIMEOUT_MS: 'a whole call to seQura, headers and body',
  SEQURA_CALLS_PER_SECOND: {
    what: 'calls to seQura for each merchant, of all workers together ([operations](../operations.md#a-limit-on-calls-to-sequra)); 0: no limit',
    otherwise: 'what the server has',
  },
  ALLOW_PLAIN_HTTP: 'http to other hosts than loopback, in every URL',
  MERCHANTS_FILE: '[the merchants file](#the-merchants-file)',
  PAYLOAD_KEYS: 'what personal data is encrypted with',
  PAYLOAD_ENCRYPTION: '`off`, only with `DEVELOPMENT=true`: personal data in the clear, and no `PAYLOAD_KEYS`',
  API_PORT: 'the public port (0: any free one)',
  API_HOST: 'the address on which it listens',
  API_ADMIN_PORT: 'health, metrics and the codec of the API',
  API_CODEC: '`off`: no codec on the API’s admin port',
  WORKER_ADMIN_PORT: 'health and metrics of the worker',
  TEMPORAL_DEPLOYMENT_NAME: {
    what: 'with the next one: the version of a worker’s code, for [deploys by version](../deployment.md#deploys-by-version)',
    otherwise: 'none: workers of any release take any order',
  },
  TEMPORAL_WORKER_BUILD_ID: { what: 'of this release', otherwise: 'none' },
  CODEC_PORT: 'the codec as a process of its own',
  DESK_PORT: '[the desk](../desk.md)',
  TZ: 'the zone of the times that the desk shows, for example `Europe/Madrid`',
  TEMPORAL_UI_URL: { what: 'the Temporal UI, for links from the desk', otherwise: 'none: no links' },
  DOCS_URL: {
    what: 'where `docs` is published, for links from the desk to runbooks',
    otherwise: 'none: paths of the repository',
  },
  ADMIN_HOST: 'the address on which admin ports listen',
  ADMIN_HOSTS: { what: 'names by which admin ports are called, beside those of loopback', otherwise: 'none' },
  ADMIN_WITHOUT_LOGIN:
    'an admin port beyond loopback shows data to whoever reaches it: something in front knows who calls',
  ADMIN_URL: { what: 'where browsers reach the admin port, for a login there', otherwise: 'none' },
  OIDC_ISSUER: {
    what: 'the OpenID provider that knows the people of the codec and the desk ([security](../security.md#who-may-read))',
    otherwise: 'none: whoever reaches the admin port is an operator',
  },
  OIDC_AUDIENCE: { what: 'of the access tokens that it issues for this service', otherwise: 'none' },
  OIDC_ROLES_CLAIM: 'the claim with the roles; a path where it has dots',
  OIDC_NAME_CLAIM: 'the claim with the name that the audit log has; otherwise `sub`',
  OIDC_READER_ROLE: 'who sees personal data masked at most, and changes nothing',
  OIDC_OPERATOR_ROLE: 'who sees all, and changes orders at the desk',
  OIDC_CLIENT_ID: { what: 'with the next one and `ADMIN_URL`: people log in with a browser', otherwise: 'none' },
  OIDC_CLIENT_SECRET: { what: 'of that client; sessions are encrypted with a key made of it', otherwise: 'none' },
  OIDC_SCOPE: 'what a login in the browser asks for',
  CODEC_ORIGINS: 'whose pages may call the codec: the Temporal UI',
  RATE_LIMIT_PER_SECOND: 'requests of one API key to one process; 0: no limit',
  MAX_WAITING_PER_KEY: 'answers of one API key that wait in one process',
  MAX_WAITING: 'answers that wait in one process',
  TRUST_PLAIN_PAYLOADS: 'believes what is typed into Temporal without the codec',
  OPERATORS_TIME_ZONE: {
    what: 'the times in Current Details of orders that are placed from then on, beside UTC',
    otherwise: 'UTC alone',
  },
  RESTORED_AT: { what: 'when a backup of Temporal’s database was put back', otherwise: 'none' },
  FORGOTTEN_ORDERS: { what: 'orders that seQura has and that a backup has forgotten', otherwise: 'none' },
  WEBHOOK_PROBE_URL: {
    what: 'where seQura reaches the API; asked before a deadline cancels an order',
    otherwise: 'none: no deadline waits',
  },
  API_URL: 'where `golive` calls the API, as a backend does',
  API_KEY: 'a key with `orders:read` and `orders:write`, for `golive`',
  DEVELOPMENT: 'allows what production refuses: weak secrets, no encryption',
  NODE_TLS_REJECT_UNAUTHORIZED: 'Node.js’s own: `0` leaves certificates unchecked',
  LOG_LEVEL: 'the least that is logged',
  TEMPORAL_PORT: 'Temporal',
  TEMPORAL_UI_PORT: 'the Temporal UI',
  SIMULATOR_PORT: 'the simulator',
  PROMETHEUS_PORT: 'Prometheus, of the profile `monitoring`',
  GRAFANA_PORT: 'Grafana, of the same profile',
  SIMULATOR_HOSTS: 'names, with commas, by which the simulator’s pages may be called besides loopback’s',
  TEMPORAL_CLI: 'the program `temporal`, instead of one that is looked for or fetched',
  TEMPORAL_TEST_SERVER: 'the time-skipping test server, the same way',
  IMAGE: 'the image that is built, or the one of a registry',
  SECRETS_DIR: 'where the secrets are',
  FORGOTTEN_ORDERS_FILE: 'a file of orders that seQura has and that a backup has forgotten',
  RETENTION: 'how long a closed order can be read',
  WORKER_STOP_GRACE_PERIOD: 'how long a stopping worker may take: more than `SEQURA_TIMEOUT_MS` and 5 s',
};

const cell = (text: string) => text.replaceAll('|', '\\|');
const row = (...cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
const table = (head: string[], rows: string[][]) =>
  [row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n');
const code = (text: string) => `\`${text}\``;

function wordsOf(name: string): { what: string; otherwise?: string } {
  const words = WORDS[name];
  if (words === undefined) throw new Error(`scripts/settings-page.ts does not say what ${name} is for.`);
  return typeof words === 'string' ? { what: words } : words;
}

function unit(name: string): string {
  if (/_ms$/i.test(name)) return 'ms';
  if (/_per_second$/i.test(name)) return 'per second';
  if (/_per_day$/i.test(name)) return 'per day';
  return /_seconds$/i.test(name) ? 's' : '';
}

function shown(value: unknown): string {
  if (value === null || value === '') return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : code(value.map(String).join(','));
  return code(typeof value === 'string' ? value : JSON.stringify(value));
}

function environment(): string {
  const readers = new Map<string, { setting: Asked; by: string[] }>();
  for (const [by, read] of Object.entries(READ_BY)) {
    for (const setting of askedBy(read)) {
      const known = readers.get(setting.name) ?? { setting, by: [] };
      known.by.push(by);
      readers.set(setting.name, known);
    }
  }
  const rows = [...readers.values()].map(({ setting: { name, rule, fallback, required, asFile, isSecret }, by }) => {
    const { what, otherwise } = wordsOf(name);
    return [
      code(name) + (asFile ? '' : ' ¹'),
      required ? '**required**' : (otherwise ?? shown(fallback)),
      rule,
      unit(name),
      by.length === Object.keys(READ_BY).length ? 'all' : by.join(', '),
      isSecret ? '**yes**' : '',
      what,
    ];
  });
  return table(['variable', 'default', 'must be', 'unit', 'used by', 'secret', 'what it is'], rows);
}

type JsonSchema = {
  type?: string;
  description?: string;
  secret?: boolean;
  rule?: string;
  default?: unknown;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
};

/** What a field of the merchants file takes, as its schema says. */
function takes({ rule, type, enum: choices, minimum, maximum, anyOf, items }: JsonSchema): string {
  if (rule !== undefined) return rule;
  if (choices !== undefined) return choices.map(code).join(', ');
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (anyOf !== undefined) return anyOf.map((one) => (one.type === 'null' ? code('null') : takes(one))).join(' or ');
  if (type === 'array' && items !== undefined) return `a list of ${takes(items)}`;
  throw new Error('a field of the merchants file has no rule that could be written down');
}

function fields(schema: JsonSchema | undefined, readers: Record<string, string>, path = ''): string[][] {
  return Object.entries(schema?.properties ?? {}).flatMap(([name, field]) => {
    const here = path + name;
    const by = readers[here] ?? readers[name] ?? readers[''] ?? '';
    if (field.properties !== undefined) return fields(field, { ...readers, '': by }, `${here}.`);
    const needed = schema?.required?.includes(name) === true;
    const required = path === '' ? '**required**' : `required with ${code(path.slice(0, -1))}`;
    return [
      [
        code(here),
        needed ? required : field.default === undefined ? 'none' : shown(field.default),
        takes(field),
        unit(name),
        by,
        field.secret === true ? '**yes**' : '',
        field.description ?? '',
      ],
    ];
  });
}

/** Both check all of it, but for secrets of the other one. */
const USED_BY = {
  '': 'api',
  id: 'api, worker',
  username: 'worker',
  password: 'worker',
  webhook_tokens: 'api, golive',
  'notify.url': 'worker, golive',
  'notify.secret': 'worker, golive',
};

function merchants(): string {
  const file = z.toJSONSchema(merchantsFile, { io: 'input' }) as JsonSchema;
  const head = ['field', 'default', 'must be', 'unit', 'used by', 'secret', 'what it is'];
  const of = (list: string) => file.properties?.[list]?.items;
  return [
    'Of each entry of `merchants`:',
    table(head, fields(of('merchants'), USED_BY)),
    'Of each entry of `api_keys`:',
    table(head, fields(of('api_keys'), { '': 'api' })),
  ].join('\n\n');
}

function simulator(): string {
  const withValue = Object.entries(OPTIONS).filter(([, { type }]) => type === 'string');
  const rows = withValue.map(([name, option]) => {
    const [, placeholder = '', what = ''] = new RegExp(`^  --${name}(?: (\\w+))? +(.*)`, 'm').exec(USAGE) ?? [];
    const preset = 'default' in option && option.default !== false ? code(option.default) : 'none';
    return [code(`--${name}${placeholder && ` ${placeholder}`}`), preset, unit(name.replaceAll('-', '_')), what];
  });
  return table(['option', 'default', 'unit', 'what it is'], rows);
}

function development(): string {
  const rows = [
    ...Object.entries(PORTS).map(([name, preset]) => [code(name), code(String(preset)), wordsOf(name).what]),
    ...[CLI, TEST_SERVER].map(({ setting }) => [code(setting), 'none', wordsOf(setting).what]),
  ];
  return table(['variable', 'default', 'what it is'], rows);
}

/** What the compose file takes from `.env`; a variable without a default is handed on to the processes, whose table has it. */
function compose(): string {
  const text = readFileSync(new URL('../docker-compose.yml', import.meta.url), 'utf8');
  const defaults = new Map<string, string>();
  for (const [, name = '', preset] of text.matchAll(/\$\{(\w+)(?::?-([^}]*))?/g))
    if (preset !== undefined) defaults.set(name, preset);
  const handedOn = [...text.matchAll(/^ {2,6}(\w+):$/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name in WORDS && !defaults.has(name));
  return [
    table(
      ['variable', 'default', 'what it is'],
      [...defaults].map(([name, preset]) => [code(name), code(preset), wordsOf(name).what]),
    ),
    `Handed on from \`.env\` as they are: ${[...new Set(handedOn)].map(code).join(', ')}.`,
  ].join('\n\n');
}

export const SETTINGS_PAGE: WrittenPage = {
  path: 'reference/settings.md',
  command: 'settings',
  written: () =>
    [
      '## The environment',
      environment(),
      '¹ Only under this name; any other may be given as `NAME_FILE`, too: the path of a file that holds the value.',
      '## The merchants file',
      merchants(),
      '## The simulator',
      simulator(),
      '## `npm start`',
      development(),
      '## The compose file',
      compose(),
    ].join('\n\n'),
};
