// The dashboards as they are committed, and what they ask of Prometheus.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../deploy/monitoring/grafana/dashboards', import.meta.url));

type Link = { title: string; url?: string; tags?: string[] };
type Panel = {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; instant?: boolean }[];
  links?: Link[];
  fieldConfig?: { overrides: { properties: { id: string; value: Link[] }[] }[] };
};
export type Dashboard = {
  uid: string;
  title: string;
  tags: string[];
  links: Link[];
  panels: Panel[];
  annotations: { list: { name: string; expr: string }[] };
  templating: { list: { name: string; type: string; query: string }[] };
};

export const dashboards = (): Dashboard[] =>
  globSync('*.json', { cwd: FOLDER })
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Dashboard);

export type Asked = { page: string; panel: string; expr: string; instant: boolean };

/** All of a page: of its panels, its annotations, and its variables. */
export function queriesOf({ title: page, panels, annotations, templating }: Dashboard): Asked[] {
  const ofPanels = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, instant = false }) => ({ page, panel: title, expr, instant })),
  );
  const ofAnnotations = annotations.list.map(({ name, expr }) => ({ page, panel: name, expr, instant: false }));
  const ofVariables = templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, query }) => {
      const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? [];
      return { page, panel: name, expr: `group by (${label}) (${metric}{${label}!=""})`, instant: true };
    });
  return [...ofPanels, ...ofAnnotations, ...ofVariables];
}

const KEYWORDS = new Set(['by', 'on', 'or', 'and', 'unless', 'offset', 'ignoring', 'group_left', 'without', 'bool']);

/** Names of metrics in an expression: what is neither a function, a keyword, a label nor a time. */
export function metricsOf(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, '""')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|on|ignoring|without)\s*\([^)]*\)/g, ' ')
    .replaceAll(/offset\s+\S+?(?=\)|\s)/g, ' ');
  const words = bare.matchAll(/(?<![\w$.])([a-zA-Z_]\w*)(?!\w*\s*\()/g);
  return [...words].map(([, word = '']) => word).filter((word) => !KEYWORDS.has(word));
}
