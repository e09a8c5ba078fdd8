// GET /openapi.json: the contracts of all routes, as OpenAPI 3.1.
import { z } from 'zod';
import type { OpenApi } from '../openapi/document.ts';
import { openApi } from '../openapi/document.ts';
import type { Route } from '../route.ts';
import { openRoute } from '../route.ts';

const document = z.looseObject({
  openapi: z.enum(['3.1.1', '3.2.0']).meta({ description: 'The version of OpenAPI.' }),
});

/** `routes`: all routes, this one included. */
export function openApiRoute(routes: () => readonly Route[]): Route {
  let made: OpenApi | undefined;
  return openRoute({
    name: 'openApi',
    summary: 'This document',
    description: 'OpenAPI 3.1, made from the schemas that validate requests. Without a key.',
    method: 'get',
    path: '/openapi.json',
    request: {},
    produces: 'application/json',
    answers: { 200: { means: 'The document.', body: document, example: { openapi: '3.1.1' } } },
    problems: {},
    handler: () => async () => ({ status: 200, body: (made ??= openApi(routes())) }),
  });
}
