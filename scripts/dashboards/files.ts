// The dashboards as files, with the addresses of docker-compose.yml, and as the ConfigMap of components/monitoring: kustomize reads no file outside it.
import { fileURLToPath } from 'node:url';
import type { Addresses } from './grafana.ts';
import { grafanaDashboard } from './grafana.ts';
import { PAGES } from './pages.ts';

const below = (path: string) => fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url));
export const DASHBOARDS = below('monitoring/grafana/dashboards');
export const CONFIG_MAP = below('kubernetes/components/monitoring/dashboards.yaml');

const ADDRESSES: Addresses = {
  docs: 'https://docs.example',
  temporalUi: 'http://localhost:8080/namespaces/default',
};

/** The text of each, by its name. */
export function writtenNow(addresses: Partial<Addresses> = {}, indent = 2): Map<string, string> {
  const all = { ...ADDRESSES, ...addresses };
  return new Map(
    PAGES.map((page) => [`${page.uid}.json`, `${JSON.stringify(grafanaDashboard(page, all), shown, indent)}\n`]),
  );
}

/** JSON is YAML. */
export function configMapNow(): string {
  const labels = { grafana_dashboard: '1', 'app.kubernetes.io/part-of': 'part-payment-orders' };
  const map = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'grafana-dashboards', labels },
    data: Object.fromEntries(writtenNow({}, 0)),
  };
  return `# Written by \`npm run dashboards\`: Grafana's sidecar finds it by its label.\n${JSON.stringify(map, null, 2)}\n`;
}

/** The library puts every link into a menu that is closed. */
function shown(name: string, value: unknown): unknown {
  return name === 'placement' && value === 'inControlsMenu' ? undefined : value;
}
