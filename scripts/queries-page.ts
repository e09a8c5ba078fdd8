// The list of saved queries in docs/operations.md, as `npm start` and `temporal orders links` have them.
import { PORTS } from '../src/dev/settings.ts';
import { listLink, savedQueries } from '../src/gateway/saved-queries.ts';
import type { WrittenPage } from './written-page.ts';

const UI = `http://127.0.0.1:${PORTS.TEMPORAL_UI_PORT}`;
/** Stands for the present time. */
const NOW = new Date('2026-11-23T12:00:00Z');

function line({ question, query, dated }: ReturnType<typeof savedQueries>[number]): string {
  return `- ${dated === true ? question : `[${question}](${listLink(UI, 'default', query)})`} \`${query}\``;
}

export const QUERIES_PAGE: WrittenPage = {
  path: 'operations.md',
  command: 'queries',
  written: () => savedQueries({ merchantId: 'merchant_1', now: NOW }).map(line).join('\n'),
};
