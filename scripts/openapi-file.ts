// docs/reference/openapi.json, as it is committed and as the routes have it now, and the one that callers rely on.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ROUTES } from '../src/api/app.ts';
import { openApi } from '../src/api/openapi/document.ts';
import type { OpenApiVersion } from '../src/api/openapi/operation.ts';
import type { Document } from './breaks.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../docs/reference/${name}`, import.meta.url));

export const COMMITTED = pathOf('openapi.json');
export const RELEASED = pathOf('openapi.released.json');

/** The same in OpenAPI 3.2, which has types for the stream of events. */
export const COMMITTED_32 = pathOf('openapi-3.2.json');

export const writtenNow = (version: OpenApiVersion = '3.1.1') =>
  `${JSON.stringify(openApi(ROUTES, version), null, 2)}\n`;

export const readNow = () => JSON.parse(writtenNow()) as Document;

export const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Document;
