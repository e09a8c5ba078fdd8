// Every `temporal orders …` that a document shows is understood, by the Temporal CLI with our program on the path, beside orders as the documents have them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { buildForTests } from '../../scripts/build.ts';
import { findTemporalCli } from '../../src/dev/temporal.ts';
import type { CommandLine } from '../support/command-line.ts';
import { commandLine, PROGRAM } from '../support/command-line.ts';
import { apiKey, merchant, merchantsFile } from '../support/config-fixtures.ts';
import { orderPolicy, orderRequest } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, smsSent, until } from '../support/waits.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PLACEHOLDERS: Readonly<Record<string, string>> = { ID: 'k1', 'FILE.csv': 'export.csv', old: 'k0' };
/** Its answer is that of the stack of `npm start`. */
const ANOTHER_STACK = ['temporal orders doctor'];
const CHANGES = /^temporal orders (resolve|cancel|resend-sms|notify|apply|erase) /;

type Shown = { page: string; command: string };

/** In blocks as it stands; in a line of text a command is named, with some of its options: its help is asked for. `…` stands for any command. */
function shown(): Shown[] {
  return globSync(['README.md', 'docs/**/*.md'], { cwd: ROOT }).flatMap((page) => {
    const written = readFileSync(join(ROOT, page), 'utf8');
    const blocks = [...written.matchAll(/^ *(?:\$ )?(temporal orders .+)$/gm)].map(([, line = '']) => line);
    const inline = [...written.matchAll(/`(temporal orders [^`\n]+)`/g)].map(
      ([, line = '']) => `${line.replace(/ -.*/, '')} --help`,
    );
    return [...new Set([...blocks, ...inline])]
      .map((line) => line.replace(/ {2,}#.*$/, ''))
      .filter((command) => !command.includes('…'))
      .map((command) => ({ page, command }));
  });
}

/** What a document shows of the answer to a command, by the command: the lines behind it. */
function answers(): Map<string, { lines: string[]; isAsked: boolean }> {
  const page = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
  const sessions = [...page.matchAll(/^```console\n([^]*?)^```$/gm)].flatMap(([, session = '']) =>
    session.split(/^\$ /m),
  );
  return new Map(
    sessions.map((typed) => {
      const [command = '', ...shown] = typed.split('\n');
      const lines = shown.filter((line) => line !== '' && line !== '…' && !line.startsWith('Go on?'));
      return [command, { lines, isAsked: typed.includes('Go on?') }];
    }),
  );
}

/** As a shell takes them. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** A line without what differs each time: numbers, and so the widths of columns; the words between them count. */
function shapeOf(line: string): string {
  return line
    .replaceAll(/\d+/g, '0')
    .replaceAll(/\b(0 [a-z]+?)s?\b/g, '$1')
    .replaceAll(/ +/g, ' ')
    .trim();
}

/** What the documents print with `cat`. */
function files(): [string, string][] {
  const page = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
  return [...page.matchAll(/^\$ cat (\S+)\n((?:(?![$`]).+\n)+)/gm)].map(([, name = '', content = '']) => [
    name,
    content,
  ]);
}

describe('the commands that documents show', () => {
  let service: Service;
  let orders: CommandLine;
  let path: string;
  before(async () => {
    await buildForTests();
    service = await startService();
    const file = merchantsFile({ merchants: [merchant()], api_keys: [apiKey()] });
    orders = commandLine(service, { MERCHANTS_FILE: file });
    for (const [name, content] of files()) writeFileSync(join(orders.folder, name), content);
    const bin = join(orders.folder, 'bin');
    mkdirSync(bin);
    symlinkSync(await findTemporalCli(() => {}), join(bin, 'temporal'));
    writeFileSync(join(bin, 'temporal-orders'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`, {
      mode: 0o755,
    });
    path = `${bin}:${process.env['PATH']}`;
    service.simulator.faults.set('pos_1235', 'send_sms', { kind: 'refuse', status: 422 });
    for (const reference of ['pos_1236', 'pos_1237'])
      service.simulator.faults.set(reference, 'create', { kind: 'cut_body' });
    for (const reference of ['pos_1234', 'pos_1235', 'pos_1236', 'pos_1237', 'pos_1238']) {
      // Not noted for a replay at the end: one is erased.
      const placing = { request: orderRequest({ reference }), policy: orderPolicy(), currency: 'EUR' };
      const { order: body } = await service.orders.place({ ...placing, confirmWithinSeconds: undefined });
      await service.see(body.id, 'where the documents begin', (order) => smsSent(order) || asksHuman(order));
    }
    await until('the lists', async () => (await orders.json('list', '--attention')).length === 3 || null);
  });
  after(() => service.close());

  async function typed(command: string) {
    const child = spawn('/bin/sh', ['-c', command], {
      cwd: orders.folder,
      env: { ...orders.env, PATH: path, HOME: orders.folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, stdout, stderr };
  }

  it('are there', () => {
    assert.ok(shown().length >= 20, String(shown().length));
    assert.deepEqual(
      files().map(([name]) => name),
      ['day.csv', 'export.csv'],
    );
  });

  it('are run by the Temporal CLI, which hands on the exit code', async () => {
    assert.match((await typed('temporal orders list')).stdout, /^ORDER /);
    assert.equal((await typed('temporal orders lists')).code, 2);
  });

  for (const { page, command } of shown()) {
    it(`${command} (${page})`, async () => {
      const filled = command.replaceAll(/(?<= )(ID|FILE\.csv|old)(?= |$)/g, (word) => PLACEHOLDERS[word] ?? word);
      const { lines = [], isAsked = false } = answers().get(command) ?? {};
      const asked = CHANGES.test(filled) && !/--dry-run|--help/.test(filled);
      const { code, stdout, stderr } = isAsked
        ? await orders.atTerminal('y', ...wordsOf(command.replace('temporal orders ', '')))
        : await typed(asked ? filled.replace(/(?= >|$)/, ' --yes') : filled);
      // An order may refuse; what is asked is understood.
      const isUnderstood =
        code === 0 ||
        code === 3 ||
        (code === 1 && (/^(failed|refused)/.test(stdout) || /\b1 orders?\b|✗/.test(stdout)));
      assert.ok(isUnderstood, `${code}: ${stdout}${stderr}`);
      const said = new Set(
        stripVTControlCharacters(`${stdout}\n${stderr}`)
          .split(/[\r\n]+/)
          .map(shapeOf),
      );
      if (ANOTHER_STACK.includes(command)) return;
      const others = lines.filter((line) => !said.has(shapeOf(line)));
      assert.deepEqual(others, [], `${stdout}${stderr}`);
    });
  }
});
