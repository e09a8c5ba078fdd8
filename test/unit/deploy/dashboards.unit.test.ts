// The dashboards are what `npm run dashboards` writes, hold together, and lead to what is there.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { CONFIG_MAP, configMapNow, DASHBOARDS, writtenNow } from '../../../scripts/dashboards/files.ts';
import type { Dashboard } from '../../support/dashboards.ts';
import { dashboards, metricsOf } from '../../support/dashboards.ts';

const root = (file: string) => fileURLToPath(new URL(`../../../${file}`, import.meta.url));
const all = dashboards();

describe('deploy/monitoring/grafana', () => {
  it('has the pages that `npm run dashboards` writes', () => {
    for (const [name, text] of writtenNow())
      assert.ok(readFileSync(join(DASHBOARDS, name), 'utf8') === text, `${name}: run \`npm run dashboards\``);
    assert.ok(readFileSync(CONFIG_MAP, 'utf8') === configMapNow(), 'Kubernetes: run `npm run dashboards`');
    assert.deepEqual(
      all.map(({ uid }) => uid),
      ['orders-business', 'orders-engine', 'orders-provider'],
    );
  });

  it('has links with other addresses where they are asked for', () => {
    const [text = ''] = writtenNow({ docs: 'https://wiki.example/x', temporalUi: 'https://ui.example' }).values();
    const { templating } = JSON.parse(text) as Dashboard;
    const queries = templating.list.map(({ query }) => query);
    assert.deepEqual(queries.slice(2), ['https://wiki.example/x', 'https://ui.example']);
  });

  it('names pages, and headings in them, that exist', () => {
    const addresses = all.flatMap(
      (page) => JSON.stringify(page).match(/(?<="url":")\$\{docs:raw\}[^"]*/g) ?? assert.fail(page.title),
    );
    assert.deepEqual(
      addresses.filter((url) => !isThere(url.replace('${docs:raw}/', ''))),
      [],
    );
  });

  it('uses no variable that is not there', () => {
    for (const page of all) {
      const used = [...JSON.stringify(page).matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
      const known = new Set([
        ...page.templating.list.map(({ name }) => name),
        '__rate_interval',
        '__range',
        '__value',
        '__all',
      ]);
      assert.deepEqual(
        used.filter((name) => !known.has(name)),
        [],
      );
    }
  });

  it('places each panel beside the others, and numbers it', () => {
    for (const { panels } of all) {
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`),
      );
      assert.equal(new Set(cells).size, cells.length);
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    }
  });

  it('says of every panel what it shows, and leads from page to page and to the Temporal UI', () => {
    for (const { panels, links, tags } of all) {
      assert.deepEqual(
        panels.filter(({ type, description }) => type !== 'row' && description === undefined),
        [],
      );
      assert.deepEqual(links[0]?.tags, tags);
      assert.equal(links.filter(({ url }) => url?.startsWith('${temporal_ui:raw}/workflows?query=')).length, 2);
    }
  });

  it('is provisioned from where the compose file puts it', () => {
    const { services } = parse(readFileSync(root('docker-compose.yml'), 'utf8'), { merge: true }) as {
      services: Record<string, { volumes?: string[] }>;
    };
    const { providers } = parse(
      readFileSync(root('deploy/monitoring/grafana/provisioning/dashboards/orders.yaml'), 'utf8'),
    ) as {
      providers: { options: { path: string } }[];
    };
    const mounts = new Map(
      services['grafana']?.volumes?.map((volume) => {
        const [from = '', to = ''] = volume.split(':');
        return [to, from];
      }),
    );
    assert.equal(mounts.get(providers[0]?.options.path ?? ''), './deploy/monitoring/grafana/dashboards');
    assert.equal(mounts.get('/etc/grafana/provisioning'), './deploy/monitoring/grafana/provisioning');
  });
});

describe('names of metrics', () => {
  it('are told from functions, labels and times', () => {
    const expr = `sum by (a, b) ((x_total{m=~"$merchant"} unless x_total{m="y"} offset 15m) or increase(z[1h])) / on (i) time() > 0`;
    assert.deepEqual(metricsOf(expr), ['x_total', 'x_total', 'z']);
  });
});

function isThere(target: string): boolean {
  const [page = '', heading] = target.split('#');
  const file = root(`docs/${page}`);
  if (!existsSync(file)) return false;
  if (heading === undefined) return true;
  const anchors = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  return anchors.includes(heading);
}
