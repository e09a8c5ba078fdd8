// `npm run dashboards [-- --to FOLDER --docs ADDRESS --temporal-ui ADDRESS]`: writes deploy/monitoring/grafana/dashboards, and what Kubernetes has of it,
// from the tables of scripts/dashboards/pages.ts; or into another folder, with the addresses of a place of one's own.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CONFIG_MAP, configMapNow, DASHBOARDS, writtenNow } from './dashboards/files.ts';

const { values } = parseArgs({
  options: { docs: { type: 'string' }, 'temporal-ui': { type: 'string' }, to: { type: 'string' } },
});
const { docs, 'temporal-ui': temporalUi, to } = values;
if (to === undefined && (docs ?? temporalUi) !== undefined)
  throw new Error('--docs and --temporal-ui need --to FOLDER.');

const files = writtenNow({ ...(docs !== undefined && { docs }), ...(temporalUi !== undefined && { temporalUi }) });
for (const [name, text] of files) writeFileSync(join(to ?? DASHBOARDS, name), text);
if (to === undefined) writeFileSync(CONFIG_MAP, configMapNow());
