// Settings whose files change while a process runs, with real files.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { stateOf, watchSettings } from '../../../src/config/live.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/model.ts';
import { settingsFiles } from '../../../src/config/settings-files.ts';
import {
  apiKey,
  environment,
  merchant,
  merchantsFile,
  payloadKey,
  writtenFile,
} from '../../support/config-fixtures.ts';
import { until } from '../../support/waits.ts';

const OLD = payloadKey('old');
const NEW = payloadKey('new');

async function watched() {
  const files = {
    PAYLOAD_KEYS_FILE: writtenFile(OLD),
    MERCHANTS_FILE: merchantsFile({ merchants: [merchant()], api_keys: [apiKey()] }),
    TASK_QUEUE_FILE: writtenFile('orders'),
  };
  const env = environment({ PAYLOAD_KEYS: undefined, ...files });
  const seen = await stateOf(settingsFiles(env));
  const loaded = loadConfig(env);
  assert.ok(loaded.ok);
  const news: string[] = [];
  const settings: Config = loaded.config;
  const watch = watchSettings({
    settings,
    load: () => loadConfig(env),
    files: () => settingsFiles(env),
    seen,
    everyMs: 20,
    news: {
      taken: ({ payload_keys: keys, api_keys: ids, merchants }) =>
        news.push(`taken ${keys.join()} ${ids?.join()} ${merchants}`),
      refused: (mistakes) => news.push(...mistakes),
      needsRestart: (names) => news.push(`restart ${names.join()}`),
    },
  });
  const next = (change: () => void) => {
    const before = news.length;
    change();
    return until('news', () => news.slice(before).length > 0 && news.slice(before));
  };
  return { files, settings, news, watch, next, [Symbol.dispose]: watch.stop };
}

const idsOf = ({ payloadKeys }: Config) => (payloadKeys ?? []).map(({ id }) => id);

describe('settings that change while a process runs', () => {
  it('are taken over where they are, all at once', async () => {
    using live = await watched();
    const { merchants, apiKeys, payloadKeys } = live.settings;
    await live.next(() => writeFileSync(live.files.PAYLOAD_KEYS_FILE, `${OLD},${NEW}`));
    assert.deepEqual(idsOf(live.settings), ['old', 'new']);
    await live.next(() => writeFileSync(live.files.PAYLOAD_KEYS_FILE, `${NEW},${OLD}`));
    await live.next(() => writeFileSync(live.files.PAYLOAD_KEYS_FILE, NEW));
    const two = {
      merchants: [merchant({ id: 'a' }), merchant({ id: 'b' })],
      api_keys: [apiKey({ id: 'x', merchants: ['a'] })],
    };
    await live.next(() => writeFileSync(live.files.MERCHANTS_FILE, JSON.stringify(two)));
    assert.deepEqual(live.news, [
      'taken old,new pos-backend 1',
      'taken new,old pos-backend 1',
      'taken new pos-backend 1',
      'taken new x 2',
    ]);
    assert.equal(live.settings.merchants, merchants);
    assert.equal(live.settings.apiKeys, apiKeys);
    assert.equal(live.settings.payloadKeys, payloadKeys);
    assert.deepEqual(
      [[...merchants.keys()], apiKeys.map(({ id }) => id), idsOf(live.settings)],
      [['a', 'b'], ['x'], ['new']],
    );
  });

  it('stay as they were where a file has a mistake, is gone or is empty, until it is right again', async () => {
    using live = await watched();
    const isRight = merchantsText(live.settings);
    for (const [change, mistake] of [
      [() => writeFileSync(live.files.MERCHANTS_FILE, '{"merchants": ['), /^MERCHANTS_FILE: is not JSON/],
      [() => rmSync(live.files.MERCHANTS_FILE), /^MERCHANTS_FILE: names a file that cannot be read/],
      [() => writeFileSync(live.files.PAYLOAD_KEYS_FILE, ''), /^PAYLOAD_KEYS_FILE: names an empty file/],
    ] as const) {
      const news = await live.next(change);
      assert.ok(
        news.some((line) => mistake.test(line)),
        news.join(),
      );
      assert.equal(merchantsText(live.settings), isRight);
      assert.deepEqual(idsOf(live.settings), ['old']);
    }
    writeFileSync(live.files.PAYLOAD_KEYS_FILE, OLD);
    writeFileSync(live.files.MERCHANTS_FILE, JSON.stringify({ merchants: [merchant({ id: 'back' })] }));
    await until('they are taken', () => live.settings.merchants.has('back') || null);
  });

  it('of payload keys are refused where orders would become unreadable, or unreadable elsewhere', async () => {
    using live = await watched();
    const [first] = await live.next(() => writeFileSync(live.files.PAYLOAD_KEYS_FILE, `${NEW},${OLD}`));
    assert.equal(
      first,
      'PAYLOAD_KEYS: the first key, new, is new: put it behind the others first, so that every process can read with it.',
    );
    const [other] = await live.next(() => writeFileSync(live.files.PAYLOAD_KEYS_FILE, payloadKey('old')));
    assert.equal(other, 'PAYLOAD_KEYS: the key old is another one under the same id.');
    assert.deepEqual(idsOf(live.settings), ['old']);
  });

  it('that a process cannot change are named, and stay', async () => {
    using live = await watched();
    const news = await live.next(() => writeFileSync(live.files.TASK_QUEUE_FILE, 'others'));
    assert.deepEqual(news, ['taken old pos-backend 1', 'restart taskQueue']);
    assert.equal(live.settings.taskQueue, 'orders');
  });

  it('are read when they are asked for, changed or not', async () => {
    using live = await watched();
    assert.deepEqual(await live.next(live.watch.readAgain), ['taken old pos-backend 1']);
  });
});

const merchantsText = ({ merchants, apiKeys }: Config) => JSON.stringify([[...merchants], apiKeys]);
