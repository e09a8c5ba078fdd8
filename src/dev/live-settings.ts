// What production does with its settings: they are read at the start, and again when one of their files changes.
import type { Registry } from '@prometheus-io/client';
import type { LiveSettings } from '../config/live.ts';
import { stateOf, watchSettings } from '../config/live.ts';
import type { Loaded } from '../config/load.ts';
import { settingsFiles } from '../config/settings-files.ts';
import type { Env } from '../config/variables.ts';
import type { Logger } from '../telemetry/log.ts';
import { settingsNews } from '../telemetry/settings-news.ts';

/** Throws with every mistake. `follow` answers with what ends it. */
export async function liveSettings<T extends LiveSettings>(env: Env, load: (env: Env) => Loaded<T>) {
  const files = () => settingsFiles(env);
  const seen = await stateOf(files());
  const loaded = load(env);
  if (!loaded.ok)
    throw new Error(
      `${loaded.mistakes.join('\n')}\nUnless it is a setting that you gave, start over with \`npm start -- --fresh\`.`,
    );
  const settings = loaded.config;
  return {
    config: settings,
    follow(metrics: Registry, log: Logger): () => Promise<void> {
      const watch = watchSettings({ settings, load: () => load(env), files, seen, news: settingsNews(metrics, log) });
      return async () => watch.stop();
    },
  };
}
