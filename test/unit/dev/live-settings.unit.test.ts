// The settings of the stack of `npm start`, with real files.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { it } from 'node:test';
import { Registry } from '@prometheus-io/client';
import { loadConfig } from '../../../src/config/load.ts';
import { liveSettings } from '../../../src/dev/live-settings.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { apiKey, environment, merchant, merchantsFile } from '../../support/config-fixtures.ts';
import { until } from '../../support/waits.ts';

it('npm start takes an API key that was made, and one that was revoked, without a restart', async () => {
  const keys = (...ids: string[]) => ({ merchants: [merchant()], api_keys: ids.map((id) => ({ ...apiKey(), id })) });
  const file = merchantsFile(keys('one', 'leaked'));
  const settings = await liveSettings(environment({ MERCHANTS_FILE: file }), loadConfig);
  const stop = settings.follow(new Registry(), createLogger('fatal', 'all'));
  const now = () => settings.config.apiKeys.map(({ id }) => id).join();
  assert.equal(now(), 'one,leaked');
  writeFileSync(file, JSON.stringify(keys('one')));
  await until('the key is gone', () => now() === 'one' || null);
  await stop();
});
