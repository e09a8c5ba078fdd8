// docs/reference/openapi.json, as it is committed and as the routes have it now, and the one that callers rely on.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ROUTES } from '../src/api/app.ts';
import { openApi } from '../src/api/openapi/document.ts';
import type { Document } from './breaks.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../docs/reference/${name}`, import.meta.url));

export const COMMITTED = pathOf('openapi.json');
export const RELEASED = pathOf('openapi.released.json');

export const writtenNow = () => `${JSON.stringify(openApi(ROUTES), null, 2)}\n`;

export const readNow = () => JSON.parse(writtenNow()) as Document;

export const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Document;
