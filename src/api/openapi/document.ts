// The document of the API (OpenAPI), made of what the routes declare: http-api.md, section 2.
import type { Scope } from '../../config/model.ts';
import type { Contract } from '../route.ts';
import { notifications } from './notifications.ts';
import type { Components, Json, OpenApiVersion } from './operation.ts';
import { operation } from './operation.ts';
import { INFO, SERVERS, tagOf, TAGS } from './words.ts';

export type OpenApi = { openapi: OpenApiVersion; paths: Record<string, Record<string, Json>> } & Json;

export function openApi(routes: readonly Contract[], version: OpenApiVersion = '3.1.1'): OpenApi {
  const documented = routes.filter(isDocumented);
  const components: Components = {
    version,
    schemas: new Map(),
    headers: new Map(),
    responses: new Map(),
    links: new Map(documented.filter(isAboutAnOrder).map(({ name }) => [name, linkTo(name)])),
  };
  const paths: OpenApi['paths'] = {};
  for (const route of documented)
    paths[templateOf(route)] = { ...paths[templateOf(route)], [route.method]: operation(route, components) };
  const webhooks = notifications(components);
  return {
    openapi: version,
    info: INFO,
    servers: SERVERS,
    tags: TAGS,
    paths,
    webhooks,
    components: {
      schemas: sorted(components.schemas),
      responses: sorted(components.responses),
      headers: sorted(components.headers),
      links: sorted(components.links),
      securitySchemes: { apiKey: API_KEY },
    },
  };
}

export const isDocumented = (route: Contract) => tagOf(route) !== null;

const isAboutAnOrder = ({ request }: Contract) => request.params?.['id'] !== undefined;

/** From an answer whose body is an order. */
const linkTo = (operationId: string): Json => ({ operationId, parameters: { id: '$response.body#/id' } });

/** The path as it stands in the document. */
export function templateOf({ path }: Pick<Contract, 'path'>): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

const sorted = (components: ReadonlyMap<string, Json>): Json =>
  Object.fromEntries([...components].toSorted(([one], [other]) => (one < other ? -1 : 1)));

const SCOPES: Record<Scope, string> = {
  'orders:read': 'read orders, one by one and in lists',
  'orders:write': 'place orders, send the link again, cancel',
  ops: 'for operators: answer an attention, send the link again',
};

const API_KEY: Json = {
  type: 'http',
  scheme: 'bearer',
  description: `A key has scopes, and merchants whose orders it sees.\n\n${Object.entries(SCOPES)
    .map(([scope, allows]) => `- \`${scope}\`: ${allows}`)
    .join('\n')}`,
};
