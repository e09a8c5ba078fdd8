// Checks every answer of the API that a test gets against the OpenAPI document.
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { ROUTES } from '../../src/api/app.ts';
import { isDocumented, openApi, templateOf } from '../../src/api/openapi/document.ts';
import type { Route } from '../../src/api/route.ts';
import type { Exchange } from './declared.ts';

type Response = {
  headers?: Record<string, { $ref: string }>;
  content?: Record<string, { examples?: Record<string, unknown> }>;
};
type Header = { required: boolean };

let known: { document: Record<string, unknown>; ajv: Ajv2020 } | undefined;

/** The document and its validator, made at the first answer. */
function documented() {
  if (known === undefined) {
    const document = JSON.parse(JSON.stringify(openApi(ROUTES))) as Record<string, unknown>;
    const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { int32: true, int64: true } });
    formats.default(ajv);
    known = { document, ajv: ajv.addSchema(document, 'openapi') };
  }
  return known;
}

const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
const pointer = (...names: string[]) => `#/${names.map(escaped).join('/')}`;

/** The value at a pointer, or undefined. Follows references. */
function lookUp(at: string): { at: string; value: unknown } {
  const names = at
    .slice(2)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const value = names.reduce<unknown>(
    (part, name) => (part as Record<string, unknown> | undefined)?.[name],
    documented().document,
  );
  const reference = (value as { $ref?: string } | undefined)?.$ref;
  return reference === undefined ? { at, value } : lookUp(reference);
}

function validator(at: string): ValidateFunction {
  const { ajv } = documented();
  const id = `openapi${at}`;
  const validate = ajv.getSchema(id);
  if (validate === undefined) throw new Error(`the document has no schema at ${at}`);
  return validate;
}

/** The parts of an answer that the document does not describe. `route`: of the request. */
export function undocumented({ method, status, header, body }: Exchange, route: Route | undefined): string[] {
  if (route === undefined || !isDocumented(route)) return [];
  const { at, value } = lookUp(pointer('paths', templateOf(route), route.method, 'responses', String(status)));
  if (value === undefined) return [`the document has no answer ${status}`];
  const { headers = {}, content } = value as Response;
  const type = (header('content-type') ?? '').split(';', 1)[0] ?? '';
  return [
    ...Object.entries(headers).flatMap(([name, { $ref }]) => wrongHeader(name, $ref, header(name))),
    ...(content === undefined ? none(type, body) : wrongContent({ method, body, type, at, content })),
  ];
}

const none = (type: string, body: string | null) =>
  type === '' && (body ?? '') === '' ? [] : ['the document has no body there'];

function wrongHeader(name: string, at: string, value: string | null): string[] {
  const { required } = lookUp(at).value as Header;
  if (value === null) return required ? [`the document requires the header ${name}`] : [];
  const isValid: boolean = validator(`${at}/schema`)(value);
  return isValid ? [] : [`the document does not have the header ${name} as ${value}`];
}

type Content = {
  method: string;
  body: string | null;
  type: string;
  at: string;
  content: NonNullable<Response['content']>;
};

function wrongContent({ method, body, type, at, content }: Content): string[] {
  const media = content[type];
  if (media === undefined) return [`the document does not have the type ${type}`];
  if (method === 'HEAD' || body === null || !type.endsWith('json')) return [];
  const json = JSON.parse(body) as { code?: string };
  const validate = validator(`${at}/content/${escaped(type)}/schema`);
  const wrong = validate(json) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  // The codes of a status are those that have an example.
  const isOther = type === 'application/problem+json' && !Object.hasOwn(media.examples ?? {}, json.code ?? '');
  return [...wrong, ...(isOther ? [`it does not have ${json.code} there`] : [])].map((what) => `document: ${what}`);
}
