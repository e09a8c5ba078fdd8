// What becomes of settings that change while a process runs, told by its log and its metrics. Never a value.
import type { Registry } from '@prometheus-io/client';
import { Gauge } from '@prometheus-io/client';
import type { SettingsNews } from '../config/live.ts';
import type { Logger } from './log.ts';

export function settingsNews(registry: Registry, log: Logger): SettingsNews {
  const refused = new Gauge({
    name: 'settings_refused',
    help: '1 while the files of the settings have mistakes: what was read before is in force',
    registers: [registry],
  });
  const readAt = new Gauge({
    name: 'settings_read_timestamp_seconds',
    help: 'When the settings that are in force were read',
    registers: [registry],
  });
  refused.set(0);
  readAt.set(Date.now() / 1_000);
  return {
    taken(what) {
      refused.set(0);
      readAt.set(Date.now() / 1_000);
      log.info(what, 'settings were read again');
    },
    refused(mistakes) {
      refused.set(1);
      log.error({ mistakes }, 'settings have mistakes: those read before stay in force');
    },
    needsRestart: (settings) => log.warn({ settings }, 'other settings changed as well: that needs a restart'),
  };
}
