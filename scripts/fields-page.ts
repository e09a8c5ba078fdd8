// The tables of docs/reference/fields.md: what requests and answers are made of, as the OpenAPI document says.
import type { Document } from './breaks.ts';
import { readNow } from './openapi-file.ts';
import type { WrittenPage } from './written-page.ts';

type Schema = {
  $ref?: string;
  type?: string;
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
};
type Parameter = { name: string; in: string; required: boolean; description?: string; schema: Schema };

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s*\n+\s*/g, ' ');
const row = (cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
const table = (head: string[], rows: string[][]) =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
const code = (text: unknown) => `\`${String(text)}\``;

const nameOf = (reference: string) => reference.split('/').at(-1) ?? '';

/** In words; what a component is stands under its name. */
function typeOf({ $ref, type, format, anyOf, oneOf, enum: words, const: word, items }: Schema): string {
  if ($ref !== undefined) return `[${nameOf($ref)}](#${nameOf($ref).toLowerCase()})`;
  if (words !== undefined) return words.map(code).join(', ');
  if (word !== undefined) return code(word);
  const forms = anyOf ?? oneOf;
  if (forms !== undefined) return forms.map(typeOf).join(' or ');
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (format === 'date-time') return 'time';
  if (format === 'date') return 'date';
  return (
    { string: 'text', integer: 'whole number', number: 'number', boolean: 'true or false', null: 'null' }[type ?? ''] ??
    'anything'
  );
}

/** Fields of objects inside stand below them, `a.b`; those of the entries of a list `a[].b`. */
function fields({ properties = {}, required = [] }: Schema, path = ''): string[][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const here = path + name;
    const inner = schema.properties === undefined ? schema.items : schema;
    const nested = inner?.properties === undefined ? [] : fields(inner, `${here}${inner === schema ? '.' : '[].'}`);
    if (nested.length > 0 && inner === schema) return nested;
    const type = nested.length > 0 ? 'list' : typeOf(schema);
    return [[code(here), type, required.includes(name) ? 'yes' : '', schema.description ?? ''], ...nested];
  });
}

const HEAD = ['field', 'type', 'always', 'what it is'];

function requests({ paths, components }: Described): string[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { parameters = [], requestBody }]) => {
      const body = Object.values(requestBody?.content ?? {})[0]?.schema as Schema | undefined;
      const shape = components.schemas[nameOf(body?.$ref ?? '')];
      const rows = [
        ...(parameters as Parameter[]).map(({ name, in: place, required, schema, description = '' }) => [
          `${code(name)} (${place})`,
          typeOf(schema),
          required ? 'yes' : '',
          description,
        ]),
        ...fields(shape ?? {}),
      ];
      if (rows.length === 0) return [];
      return [
        `### ${code(`${method.toUpperCase()} ${path}`)}`,
        table(['field', 'type', 'required', 'what it is'], rows),
      ];
    }),
  );
}

/** What answers are made of: components that are no bodies of requests. */
function answers({ components: { schemas } }: Described): string[] {
  return Object.entries(schemas)
    .filter(([name]) => !name.endsWith('Body'))
    .flatMap(([name, schema]) => [
      `### ${name}`,
      schema.properties === undefined ? alternatives(schema) : (schema.description ?? ''),
      ...(schema.properties === undefined ? [] : [table(HEAD, fields(schema))]),
    ]);
}

function alternatives(schema: Schema): string {
  return schema.description ?? `${typeOf(schema)}.`;
}

function headers({ components }: Described): string {
  const rows = Object.entries(components.headers).map(([name, { description, schema }]) => [
    code(name.replace('.sometimes', '')),
    typeOf(schema),
    description ?? '',
  ]);
  return table(['header', 'type', 'what it is'], [...new Map(rows.map((cells) => [cells[0], cells])).values()]);
}

type Described = Document & {
  components: {
    schemas: Record<string, Schema>;
    headers: Record<string, { description?: string; schema: Schema }>;
  };
};

export const FIELDS_PAGE: WrittenPage = {
  path: 'reference/fields.md',
  command: 'openapi',
  written() {
    const document = readNow() as Described;
    return [
      '## Requests',
      ...requests(document),
      '## Answers',
      ...answers(document),
      '## Headers of answers',
      headers(document),
    ].join('\n\n');
  },
};
