// GET /docs: the reference of the API in a browser, which can send requests. All of it comes from here.
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { MediaType, Route } from '../route.ts';
import { openRoute } from '../route.ts';

/** No other host, and nothing that stands in the page itself. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Part-payment orders: the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/page.css">
</head>
<body>
<div id="reference"></div>
<script src="docs/page.js"></script>
</body>
</html>
`;

/** Runs behind Swagger UI. Keys are kept by nobody: a page that is loaded anew asks again. */
const START = `
SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  filter: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  showExtensions: false,
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

/** Where the build has put the files of Swagger UI, and where they are in a checkout. */
const FOLDERS = ['../reference/', '../../../node_modules/swagger-ui-dist/'].map(
  (path) => new URL(path, import.meta.url),
);

function fileOf(name: string): string {
  const file = FOLDERS.map((folder) => new URL(name, folder)).find((url) => existsSync(url));
  if (file === undefined) throw new Error(`${name} of Swagger UI is missing: npm run build puts it in its place.`);
  return readFileSync(file, 'utf8');
}

type Part = { name: string; summary: string; path: string; produces: MediaType; text: () => string; isKept: boolean };

const PARTS: readonly Part[] = [
  {
    name: 'referencePage',
    summary: 'The reference of the API, in a browser',
    path: '/docs',
    produces: 'text/html',
    text: () => PAGE,
    isKept: false,
  },
  {
    name: 'referenceScript',
    summary: 'Its script',
    path: '/docs/page.js',
    produces: 'text/javascript',
    text: () => fileOf('swagger-ui-bundle.js') + START,
    isKept: true,
  },
  {
    name: 'referenceStyle',
    summary: 'Its style',
    path: '/docs/page.css',
    produces: 'text/css',
    text: () => fileOf('swagger-ui.css'),
    isKept: true,
  },
];

export const REFERENCE_ROUTES: readonly Route[] = PARTS.map(({ text, isKept, ...part }) => {
  let bytes: Buffer | undefined;
  return openRoute({
    ...part,
    description: 'For people. It asks no other host for anything.',
    method: 'get',
    request: {},
    answers: { 200: { means: 'It.', body: z.unknown(), headers: { 'Cache-Control': 'always' } } },
    problems: {},
    handler: () => async (_req, res) => {
      bytes ??= Buffer.from(text());
      res.set('Content-Security-Policy', POLICY);
      return { status: 200, body: bytes, headers: { 'Cache-Control': isKept ? 'public, max-age=3600' : 'no-store' } };
    },
  });
});
