// `temporal orders apikeys`, as built, on a merchants file.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { buildForTests } from '../../scripts/build.ts';
import { loadApiConfig } from '../../src/config/load.ts';
import { PROGRAM } from '../support/command-line.ts';
import { apiKey, environment, merchant, merchantsFile } from '../support/config-fixtures.ts';

describe('temporal orders apikeys', () => {
  before(buildForTests);

  function fileAndCommand() {
    // The secrets that it names are not there.
    const secrets = { password: { env: 'NOT_SET' }, webhook_tokens: [{ file: '/nowhere' }] };
    const path = merchantsFile({ merchants: [merchant(secrets)], api_keys: [apiKey({ id: 'first' })] });
    const command = (args: string[], env: Record<string, string> = { MERCHANTS_FILE: path }) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'apikeys', ...args], {
        env: { PATH: process.env['PATH'], ...env },
        encoding: 'utf8',
      });
      return { status, stdout: stdout.trim(), stderr };
    };
    return { path, command };
  }

  it('makes a key whose digest alone is in the file, lists it, and revokes it', () => {
    const { path, command } = fileAndCommand();
    const inode = statSync(path).ino;
    const made = command(['new', 'second', '--merchants', 'merchant_1', '--days', '30', '--json']);
    const { key, expires_at: expiresAt } = JSON.parse(made.stdout) as { key: string; expires_at: string };
    assert.match(key, /^[\w-]{43}$/);
    const text = readFileSync(path, 'utf8');
    assert.ok(!text.includes(key) && !made.stderr.includes(key));
    assert.ok(text.includes(createHash('sha256').update(key).digest('hex')));
    assert.equal(statSync(path).ino, inode, 'the same file');

    const listed = command(['list', '--json'])
      .stdout.split('\n')
      .map((line) => JSON.parse(line) as object);
    assert.deepEqual(listed.slice(1), [
      {
        id: 'second',
        merchants: ['merchant_1'],
        scopes: ['orders:read', 'orders:write'],
        expires_at: expiresAt,
        expired: false,
      },
    ]);
    assert.match(
      command(['list']).stdout,
      /^KEY +MERCHANTS +SCOPES +EXPIRES\nfirst +merchant_1 +orders:read +never\nsecond /,
    );

    assert.equal(command(['revoke', 'first']).status, 0);
    assert.match(command(['list']).stdout, /^KEY.*\nsecond .*$/);
  });

  it('refuses what would be a mistake in the file, and leaves it as it is', () => {
    const { path, command } = fileAndCommand();
    const before = readFileSync(path, 'utf8');
    for (const [args, status, words] of [
      [['new', 'first', '--merchants', '*'], 1, /There is a key first/],
      [['new', 'second', '--merchants', 'merchant_9'], 1, /\/api_keys\/1\/merchants\/0: is no merchant of this file/],
      [['new', 'second', '--merchants', '*', '--scopes', 'all'], 1, /\/api_keys\/1\/scopes\/0/],
      [['new', 'with blank', '--merchants', '*'], 1, /\/api_keys\/1\/id/],
      [['new', 'second', '--merchants', '*', '--days', '0'], 2, /--days/],
      [['new', 'second'], 2, /--merchants/],
      [['revoke', 'second'], 1, /There is no key second/],
    ] as const) {
      const said = command([...args]);
      assert.deepEqual([said.status, said.stdout], [status, ''], args.join(' '));
      assert.match(said.stderr, words);
    }
    assert.equal(readFileSync(path, 'utf8'), before);
    assert.match(command(['list'], {}).stderr, /MERCHANTS_FILE has to name the merchants file/);
    assert.match(command(['list'], { MERCHANTS_FILE: '/nowhere' }).stderr, /names a file that cannot be read/);
  });

  it('keeps what was in the file beside it where a write breaks off, and says how to put it back', () => {
    const keys = Array.from({ length: 50 }, (_, index) => apiKey({ id: `key-${index}` }));
    const path = merchantsFile({ merchants: [merchant()], api_keys: keys });
    chmodSync(path, 0o600);
    const before = readFileSync(path, 'utf8');
    const [size, copy] = [statSync(path).size, `${path}.before`];
    const command = (limit: string, ...args: string[]) => {
      const { status, stderr } = spawnSync(
        '/bin/sh',
        ['-c', `ulimit -f ${limit}; exec "$0" "$@"`, process.execPath, PROGRAM, 'apikeys', ...args],
        { env: { PATH: process.env['PATH'], MERCHANTS_FILE: path }, encoding: 'utf8' },
      );
      return { status, stderr };
    };

    // In blocks of 512 bytes: the old text has room, and the new one has not.
    const broken = command(String(Math.ceil(size / 512)), 'new', 'another', '--merchants', '*');
    assert.equal(broken.status, 1);
    assert.ok(broken.stderr.includes(`cat ${copy} >${path}`), broken.stderr);
    assert.notEqual(readFileSync(path, 'utf8'), before, 'a part of the new text was written');
    assert.deepEqual([readFileSync(copy, 'utf8'), statSync(copy).mode & 0o777], [before, 0o600]);
    const next = command('unlimited', 'revoke', 'key-0');
    assert.ok(next.status === 1 && next.stderr.includes(`cat ${copy} >${path}`), next.stderr);

    copyFileSync(copy, path);
    assert.equal(command('unlimited', 'revoke', 'key-0').status, 0);
    assert.equal(existsSync(copy), false);
  });

  it('changes nothing where no copy can be kept', () => {
    const { path, command } = fileAndCommand();
    const before = readFileSync(path, 'utf8');
    mkdirSync(`${path}.before`);
    const { status, stderr } = command(['revoke', 'first']);
    assert.deepEqual([status, readFileSync(path, 'utf8')], [1, before]);
    assert.match(stderr, /\.before cannot be written: nothing was changed/);
  });

  it('writes a file that the API takes', () => {
    const path = merchantsFile({ merchants: [merchant()], api_keys: [] });
    spawnSync(process.execPath, [PROGRAM, 'apikeys', 'new', 'one', '--merchants', '*', '--days', '1'], {
      env: { PATH: process.env['PATH'], MERCHANTS_FILE: path },
    });
    const loaded = loadApiConfig(environment({ MERCHANTS_FILE: path }));
    assert.ok(loaded.ok);
    assert.equal(loaded.config.apiKeys[0]?.merchants, '*');
    assert.ok((loaded.config.apiKeys[0]?.expiresAtMs ?? 0) > Date.now());
  });
});
