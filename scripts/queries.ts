// `npm run queries [-- --check]`: writes the list of saved queries in docs/operations.md.
import { QUERIES_PAGE } from './queries-page.ts';
import { writeOrCheck } from './written-page.ts';

await writeOrCheck(QUERIES_PAGE);
