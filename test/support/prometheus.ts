// A real Prometheus that scrapes a site as deploy/monitoring/prometheus.yaml says, only more often.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { freePort } from '../../src/dev/temporal.ts';
import type { Site } from './site.ts';

/** Longer than an API that finds no Temporal takes to answer. */
export const SCRAPE_MS = 2_000;

export const deployed = (file: string) =>
  readFileSync(fileURLToPath(new URL(`../../deploy/monitoring/${file}`, import.meta.url)), 'utf8');

export type Prometheus = {
  url: string;
  /** After processes were started again: they have other ports. */
  aim: () => void;
  close: () => Promise<void>;
};

type Config = {
  global: Record<string, unknown>;
  scrape_configs: { static_configs?: { targets: string[] }[]; file_sd_configs?: object[]; scrape_timeout?: string }[];
};

/** `rules`: in place of alerts.yaml. */
export async function startPrometheus(site: Site, rules: object): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const config = parse(deployed('prometheus.yaml')) as Config;
  Object.assign(config.global, { scrape_interval: `${SCRAPE_MS}ms`, evaluation_interval: '1s' });
  for (const job of config.scrape_configs) {
    const names = job.static_configs?.flatMap(({ targets }) => targets) ?? [];
    job.file_sd_configs = [{ files: names.map((name) => join(folder, `${name}.json`)), refresh_interval: '1s' }];
    delete job.static_configs;
    job.scrape_timeout = `${SCRAPE_MS}ms`;
  }
  function aim(): void {
    const targets = { 'api:3001': site.api.now.admin, 'worker:3002': site.worker.now.admin };
    for (const [name, url] of Object.entries(targets)) {
      const file = join(folder, `${name}.json`);
      // Prometheus reads it at any time.
      writeFileSync(`${file}.new`, JSON.stringify([{ targets: [new URL(url).host] }]));
      renameSync(`${file}.new`, file);
    }
  }
  aim();
  writeFileSync(join(folder, 'alerts.yaml'), stringify(rules));
  writeFileSync(join(folder, 'prometheus.yaml'), stringify(config));
  const port = await freePort();
  const child: ChildProcess = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  return {
    url: `http://127.0.0.1:${port}`,
    aim,
    async close() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
