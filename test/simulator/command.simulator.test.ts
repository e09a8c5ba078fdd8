// The command starts from the API's merchants file, names every mistake, and ends by itself on SIGTERM.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { simulatorMain } from '../../src/simulator/command.ts';
import { readSimulatedMerchants } from '../../src/simulator/merchants-file.ts';
import { simulatorProcess } from './setup.ts';

const MERCHANTS = {
  merchants: [
    {
      id: 'm1',
      country: 'ES',
      username: 'u1',
      password: { env: 'PASSWORD_1' },
      webhook_tokens: ['token-1', 'token-2'],
    },
    { id: 'm2', country: 'ES', username: 'u2', password: 'plain', webhook_tokens: [] },
  ],
  api_keys: [],
};

describe('the command', () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'simulator-'));
    file = join(folder, 'merchants.json');
    writeFileSync(file, JSON.stringify(MERCHANTS));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('reads accounts and webhook URLs from the merchants file', () => {
    writeFileSync(join(folder, 'password'), 'from a file\n');
    const withFile = { merchants: [{ ...MERCHANTS.merchants[0], password: { file: join(folder, 'password') } }] };
    writeFileSync(join(folder, 'other.json'), JSON.stringify(withFile));
    assert.deepEqual(readSimulatedMerchants(file, 'https://api.example/', { PASSWORD_1: 's' }), [
      { id: 'm1', username: 'u1', password: 's', webhookUrl: 'https://api.example/webhooks/sequra/token-1' },
      { id: 'm2', username: 'u2', password: 'plain', webhookUrl: null },
    ]);
    assert.equal(
      readSimulatedMerchants(join(folder, 'other.json'), 'https://api.example', {})[0]?.password,
      'from a file',
    );
  });

  const MISTAKES: [string, string[], RegExp][] = [
    ['no merchants', [], /--merchants/],
    ['a port that is none', ['--port', '70000'], /--port/],
    ['two mistakes at once', ['--port', 'x', '--api', 'nowhere'], /--api[^]*--port|--port[^]*--api/],
    ['a name that is none', ['--hosts', 'sim.example:4000'], /--hosts: entry 1/],
    ['a folder without a name', ['--data', ''], /--data/],
    ['an unknown flag', ['--colour', 'red'], /--colour/],
  ];
  for (const [what, args, message] of MISTAKES) {
    test(`refuses ${what}`, async () => {
      await assert.rejects(
        simulatorMain(args, {}, () => undefined),
        message,
      );
    });
  }

  test('refuses a secret that is not there, without showing others', async () => {
    await assert.rejects(
      simulatorMain(['--merchants', file, '--port', '0'], {}, () => undefined),
      /PASSWORD_1/,
    );
  });

  test('says how it is used', async () => {
    const lines: string[] = [];
    assert.equal(await simulatorMain(['--help'], {}, (line) => lines.push(line)), null);
    assert.match(lines.join('\n'), /--merchants FILE/);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`listens, and ends by itself on ${signal}`, { timeout: 60_000 }, async (t) => {
      const simulator = await simulatorProcess(t, ['--merchants', file], { PASSWORD_1: 's' });
      const answer = await fetch(`${simulator.url}/livez`);
      assert.deepEqual([answer.status, await simulator.end(signal)], [200, 0]);
    });
  }
});
