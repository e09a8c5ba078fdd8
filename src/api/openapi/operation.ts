// Makes an operation of the document from the contract of a route.
import { z } from 'zod';
import { PROBLEMS } from '../http/problem.ts';
import type { BodyContract, Contract } from '../route.ts';
import { everyAnswerOf, problemsOf } from '../route-problems.ts';
import type { AnswerHeader, HeadersOf } from '../schemas/answers.ts';
import { ANSWER_HEADERS } from '../schemas/answers.ts';
import { order } from '../schemas/order.ts';
import { problem } from '../schemas/problem.ts';
import { problemExample } from './examples.ts';
import type { JsonSchema } from './json-schema.ts';
import { add, jsonSchema } from './json-schema.ts';
import { tagOf } from './words.ts';

export type Json = Record<string, unknown>;

/** OpenAPI 3.2 has types for streams. Few tools read it yet. */
export type OpenApiVersion = '3.1.1' | '3.2.0';

/** The components of the document, by their names. Making an operation adds those to which it refers. */
export type Components = {
  version: OpenApiVersion;
  schemas: Map<string, JsonSchema>;
  headers: Map<string, Json>;
  responses: Map<string, Json>;
  links: Map<string, Json>;
};

export function operation(route: Contract, components: Components): Json {
  const { name, summary, description, scopes, request } = route;
  const { params, query, headers, body } = request;
  return {
    operationId: name,
    tags: [tagOf(route)],
    summary,
    description,
    // Any of the scopes is enough.
    security: scopes.map((scope) => ({ apiKey: [scope] })),
    parameters: [
      ...parameters('path', params, components),
      ...parameters('query', query?.shape, components),
      ...parameters('header', headers, components),
    ],
    ...(body && { requestBody: requestBody(name, body, components) }),
    responses: { ...answers(route, components), ...problems(route, components) },
  };
}

type Shape = Readonly<Record<string, z.ZodType>>;

export function parameters(
  place: 'path' | 'query' | 'header',
  shape: Shape | undefined,
  { schemas }: Components,
): Json[] {
  if (shape === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(z.object(shape), 'input', schemas);
  return Object.entries(properties as Record<string, JsonSchema>).map(
    ([name, { description, examples, ...schema }]) => {
      const example = exampleOf(schema, examples);
      const isRequired = required.includes(name);
      return {
        name,
        in: place,
        ...(description !== undefined && { description }),
        required: isRequired,
        // A form fills in the example of a parameter: only of one that has to be there.
        ...(isRequired ? { schema, example } : { schema: { ...schema, examples: [example] } }),
      };
    },
  );
}

const exampleOf = (schema: JsonSchema, [given]: unknown[] = []): unknown =>
  given ?? schema.default ?? schema.const ?? schema.enum?.[0];

function requestBody(name: string, { types, required, schema }: BodyContract, { schemas }: Components): Json {
  // The merchant is not known here, so the rules of its country are in words only.
  const made = jsonSchema(schema({ country: null, ninChecksum: 'off', clock: () => new Date() }), 'input', schemas);
  const { examples = [], ...body } = made;
  const id = `${name[0]?.toUpperCase()}${name.slice(1)}Body`;
  add(schemas, id, body);
  return { required, content: contentOf(types, { $ref: `#/components/schemas/${id}` }, examples[0] ?? {}) };
}

const contentOf = (types: readonly string[], schema: JsonSchema, example: unknown): Json =>
  Object.fromEntries(types.map((type) => [type, { schema, example }]));

function answers(route: Contract, components: Components): Json {
  const { answers: declared, produces } = route;
  const links = Object.fromEntries(
    [...components.links.keys()].map((name) => [name, { $ref: `#/components/links/${name}` }]),
  );
  return Object.fromEntries(
    Object.entries(declared).map(([status, { means, body, events, example, headers }]) => [
      status,
      {
        description: means,
        headers: headersOf({ ...everyAnswerOf(route), ...headers }, components),
        ...(body && { content: contentOf([produces], jsonSchema(body, 'output', components.schemas), example) }),
        ...(events && { content: { [produces]: streamOf(events, example, components) } }),
        ...(body === order && { links }),
      },
    ]),
  );
}

/** The media type of a stream of events. OpenAPI 3.1 knows no streams, so it is a text there, described in words. */
function streamOf(
  events: Readonly<Record<string, z.ZodType>>,
  example: unknown,
  { version, schemas }: Components,
): Json {
  const kinds = Object.entries(events).map(([name, data]) => ({ name, data: jsonSchema(data, 'output', schemas) }));
  if (version === '3.1.1') {
    const each = kinds.map(
      ({ name, data: { $ref = 'its own' } }) => `\`${name}\`, whose \`data\` is a JSON text of \`${$ref}\``,
    );
    return { schema: { description: `Server-sent events: ${each.join('; ')}.` }, example };
  }
  const items = kinds.map(({ name, data }) => ({
    type: 'object',
    properties: {
      event: { const: name },
      id: { type: 'string' },
      data: { type: 'string', contentMediaType: 'application/json', contentSchema: data },
    },
    required: ['event', 'data'],
  }));
  return {
    itemSchema: items.length === 1 ? items[0] : { oneOf: items },
    examples: { stream: { serializedValue: example } },
  };
}

/** The problems with one status are one response. Operations share it if it is the same. */
function problems(route: Contract, components: Components): Json {
  const ofStatus = Map.groupBy(problemsOf(route), ([code]) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...ofStatus].map(([status, kinds]) => {
      const codes = kinds.map(([code]) => code);
      const response = {
        description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join('\n\n'),
        headers: headersOf(common(kinds.map(([, headers]) => headers)), components),
        content: {
          'application/problem+json': {
            schema: jsonSchema(problem, 'output', components.schemas),
            examples: Object.fromEntries(
              codes.map((code) => [code, { summary: PROBLEMS[code].title, value: problemExample(code, route.name) }]),
            ),
          },
        },
      };
      // The responses of a route without a key have other headers, so they are not shared.
      return [status, route.scopes.length === 0 ? response : shared(codes.join('.'), route.name, response, components)];
    }),
  );
}

/** The headers of several problems together; one that not all of them have always counts as `sometimes`. */
function common(all: readonly HeadersOf[]): HeadersOf {
  const names = new Set(all.flatMap((headers) => Object.keys(headers) as AnswerHeader[]));
  return Object.fromEntries(
    [...names].map((name) => [name, all.every((headers) => headers[name] === 'always') ? 'always' : 'sometimes']),
  );
}

/** A reference to the shared response. A response that differs from the known one of this name is named after its operation. */
function shared(name: string, operationId: string, response: Json, { responses }: Components): Json {
  const known = responses.get(name);
  const isOther = known !== undefined && JSON.stringify(known) !== JSON.stringify(response);
  const id = isOther ? `${operationId}.${name}` : name;
  add(responses, id, response);
  return { $ref: `#/components/responses/${id}` };
}

function headersOf(declared: HeadersOf, { headers, schemas }: Components): Json {
  return Object.fromEntries(
    (Object.entries(declared) as [AnswerHeader, 'always' | 'sometimes'][]).map(([name, how]) => {
      const { description, examples, ...schema } = jsonSchema(ANSWER_HEADERS[name], 'output', schemas);
      const id = how === 'always' ? name : `${name}.sometimes`;
      add(headers, id, { description, required: how === 'always', schema, example: exampleOf(schema, examples) });
      return [name, { $ref: `#/components/headers/${id}` }];
    }),
  );
}
