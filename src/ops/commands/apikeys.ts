// `temporal orders apikeys`: the API keys of the merchants file. The API takes a change within seconds.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { merchantsPath } from '../../config/load.ts';
import { crossMistakes } from '../../config/merchants-checks.ts';
import type { ApiKeyEntry } from '../../config/merchants-schema.ts';
import { merchantsFile, shapeMistakes } from '../../config/merchants-schema.ts';
import { Mistake } from '../../config/mistake.ts';
import { pointer } from '../../config/pointer.ts';
import { readText, tidyValue } from '../../config/variables.ts';
import type { Here } from '../here.ts';
import { EXIT, Told } from '../here.ts';
import { table } from '../in-words.ts';

const KEY_BYTES = 32;
const DAY_MS = 86_400_000;

type New = { merchants: string; scopes: string; days?: string; json?: true };

export function apiKeysCommand(program: Command, here: Here): void {
  const keys = program.command('apikeys').description('API keys, in the merchants file (MERCHANTS_FILE)');
  keys
    .command('list')
    .description('the keys, whose orders they may see, what they may do, and when they expire')
    .option('--json', 'a line of JSON for each')
    .action(({ json }: { json?: true }) => list(here, json === true));
  keys
    .command('new <id>')
    .description('prints a new key once, and puts its digest into the file')
    .requiredOption('--merchants <ids>', 'whose orders it may see: ids with commas between them, or *')
    .option('--scopes <scopes>', 'what it may do: orders:read, orders:write, ops', 'orders:read,orders:write')
    .option('--days <n>', 'expires after so many days')
    .option('--json', 'as a line of JSON')
    .action((id: string, options: New) => add(here, id, options));
  keys
    .command('revoke <id>')
    .description('takes a key out of the file')
    .action((id: string) => revoke(here, id));
}

type Raw = { api_keys?: unknown };
type Opened = { path: string; document: Raw; keys: ApiKeyEntry[] };

function list(here: Here, json: boolean): void {
  const { keys } = open(here);
  const rows = keys.map(({ id, merchants, scopes, expires_at: end }) => ({
    id,
    merchants: [merchants].flat(),
    scopes,
    expires_at: end,
    expired: end !== null && Date.parse(end) <= Date.now(),
  }));
  if (json) return rows.forEach((row) => here.out(JSON.stringify(row)));
  const lines = rows.map(({ id, merchants, scopes, expires_at: end, expired }) => [
    id,
    merchants.join(','),
    scopes.join(','),
    end === null ? 'never' : `${end}${expired ? ' (expired)' : ''}`,
  ]);
  for (const line of table([['KEY', 'MERCHANTS', 'SCOPES', 'EXPIRES'], ...lines])) here.out(line);
}

function add(here: Here, id: string, { merchants, scopes, days, json }: New): void {
  const { path, document, keys } = open(here);
  if (keys.some((one) => one.id === id))
    throw new Told(`There is a key ${id}: give this one another id, and both live.`);
  if (days !== undefined && !/^[1-9]\d{0,3}$/.test(days))
    throw new Told('--days is a number from 1 to 9999.', EXIT.usage);
  const key = randomBytes(KEY_BYTES).toString('base64url');
  const expiresAt = days === undefined ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString();
  const entry = {
    id,
    sha256: createHash('sha256').update(key).digest('hex'),
    merchants: merchants === '*' ? '*' : listed(merchants),
    scopes: listed(scopes),
    ...(expiresAt !== null && { expires_at: expiresAt }),
  };
  write(path, { ...document, api_keys: [...entriesOf(document), entry] });
  here.out(json ? JSON.stringify({ id, key, expires_at: expiresAt }) : key);
  here.err(`${id} is in ${path}; the key is shown this once.`);
}

function revoke(here: Here, id: string): void {
  const { path, document, keys } = open(here);
  if (!keys.some((one) => one.id === id)) throw new Told(`There is no key ${id}.`);
  const left = entriesOf(document).filter((entry) => (entry as ApiKeyEntry).id !== id);
  write(path, { ...document, api_keys: left });
  here.out(`${id} is not in ${path} any more.`);
}

const listed = (text: string) => text.split(',').map((part) => part.trim());

function entriesOf({ api_keys: entries }: Raw): unknown[] {
  return Array.isArray(entries) ? entries : [];
}

/** Without a look for any secret that the file names. */
function open(here: Here): Opened {
  const path = merchantsPath(here.env);
  if (path === null) throw new Told('MERCHANTS_FILE has to name the merchants file.', EXIT.usage);
  try {
    const document = JSON.parse(tidyValue(readText(path))) as Raw;
    return { path, document, keys: checked(document) };
  } catch (error) {
    if (error instanceof Mistake) throw new Told(`MERCHANTS_FILE ${error.message}`);
    // The parser's message quotes the text.
    if (error instanceof SyntaxError)
      throw new Told(`MERCHANTS_FILE is not JSON.${existsSync(copyOf(path)) ? ` ${putBack(path)}` : ''}`);
    throw error;
  }
}

function checked(document: unknown): ApiKeyEntry[] {
  const parsed = merchantsFile.safeParse(document);
  const mistakes = [...shapeMistakes(parsed.error?.issues ?? []), ...crossMistakes(document)];
  if (mistakes.length > 0) throw new Told(mistakes.map(({ path, text }) => `${pointer(path)}: ${text}`).join('\n'));
  return parsed.data?.api_keys ?? [];
}

const copyOf = (path: string) => `${path}.before`;
const putBack = (path: string) =>
  `What was in it before a write broke off: \`cat ${copyOf(path)} >${path}\` puts it back.`;

/**
 * Into the file that is there: a container that was given this one file would not see another in its place. What was in it stands beside it
 * until the new text is on the disk.
 */
function write(path: string, document: Raw): void {
  checked(document);
  try {
    writeFileSync(copyOf(path), readFileSync(path), { mode: statSync(path).mode, flush: true });
  } catch {
    throw new Told(`${copyOf(path)} cannot be written: nothing was changed.`);
  }
  try {
    writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`, { flush: true });
  } catch {
    throw new Told(`${path} cannot be written. ${putBack(path)}`);
  }
  rmSync(copyOf(path));
}
