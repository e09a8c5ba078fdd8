// `npm run settings [-- --check]`: writes the tables of docs/reference/settings.md from the code that reads the settings.
import { SETTINGS_PAGE } from './settings-page.ts';
import { writeOrCheck } from './written-page.ts';

await writeOrCheck(SETTINGS_PAGE);
