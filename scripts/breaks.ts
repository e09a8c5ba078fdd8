// What of a released document a later one breaks: a request that was taken and no longer is, an answer that its receivers were not told of.
import { isDeepStrictEqual } from 'node:util';

type Json = { readonly [name: string]: unknown };
type Schema = Json | boolean;

type Parameter = { name: string; in: string; required?: boolean; deprecated?: boolean; schema: Schema };
type Content = Record<string, { schema: Schema }>;
type Header = { required?: boolean; schema: Schema };
type Response = { headers?: Record<string, Header>; content?: Content };
type Operation = {
  operationId?: string;
  deprecated?: boolean;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, Response>;
};
type PathItems = Record<string, Record<string, Operation>>;
export type Document = { paths: PathItems; webhooks?: PathItems };

/** One line for each break; none where whoever relies on the released document notices nothing. */
export function breaks(released: Document, present: Document): string[] {
  const [old, now] = [withoutReferences(released), withoutReferences(present)];
  return [
    ...operationsOf(old.paths).flatMap(({ at, path, method, operation }) => {
      const next = now.paths[path]?.[method];
      if (next === undefined) return operation.deprecated === true ? [] : [`${at} is gone`];
      return [...inRequest(operation, next), ...inAnswers(operation, next)].map((what) => `${at} ${what}`);
    }),
    ...operationsOf(old.webhooks).flatMap(({ at, path, method, operation }) => {
      const next = now.webhooks?.[path]?.[method];
      return next === undefined ? [`${at} is gone`] : inNotification(operation, next).map((what) => `${at} ${what}`);
    }),
  ];
}

function operationsOf(items: PathItems = {}) {
  return Object.entries(items).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      at: `${method.toUpperCase()} ${path}`,
      path,
      method,
      operation,
    })),
  );
}

function parametersOf({ parameters = [] }: Operation): Map<string, Parameter> {
  return new Map(parameters.map((parameter) => [`${parameter.in} ${parameter.name}`, parameter]));
}

/** There, we are the ones who ask; headers that they do not know do no harm. */
function inNotification(released: Operation, present: Operation): string[] {
  const sent = parametersOf(present);
  return [
    ...[...parametersOf(released)].flatMap(([at, { required, schema }]) => {
      const parameter = sent.get(at);
      if (parameter?.required !== true) return required === true ? [`comes without ${at}`] : [];
      return beyond(parameter.schema, schema, at);
    }),
    ...inBody(present.requestBody, released.requestBody),
  ];
}

/** What could be asked and no longer can. */
function inRequest(released: Operation, present: Operation): string[] {
  const [sent, taken] = [parametersOf(released), parametersOf(present)];
  return [
    ...(released.operationId === present.operationId ? [] : ['has another operationId']),
    ...inSecurity(released.security ?? [], present.security ?? []),
    ...[...sent].flatMap(([at, parameter]) => {
      const other = taken.get(at);
      if (other === undefined) return parameter.deprecated === true ? [] : [`does not take ${at}`];
      const missing = other.required === true && parameter.required !== true ? [`requires ${at}`] : [];
      return [...missing, ...beyond(parameter.schema, other.schema, at)];
    }),
    ...[...taken].flatMap(([at, { required }]) => (required === true && !sent.has(at) ? [`requires ${at}`] : [])),
    ...inBody(released.requestBody, present.requestBody),
  ];
}

/** Each list of scopes that was enough still is. */
function inSecurity(had: Record<string, string[]>[], needs: Record<string, string[]>[]): string[] {
  if (needs.length === 0) return [];
  const isEnough = (one: Record<string, string[]>) =>
    needs.some((need) =>
      Object.entries(need).every(([scheme, scopes]) => scopes.every((scope) => one[scheme]?.includes(scope))),
    );
  return (had.length === 0 ? [{}] : had)
    .filter((one) => !isEnough(one))
    .map((one) => `is refused to ${JSON.stringify(one)}`);
}

function inBody(sent: Operation['requestBody'], taken: Operation['requestBody']): string[] {
  if (taken === undefined) return sent === undefined ? [] : ['takes no body'];
  if (sent === undefined) return taken.required === true ? ['requires a body'] : [];
  return [
    ...(taken.required === true && sent.required !== true ? ['requires a body'] : []),
    ...inContent(sent.content, taken.content, 'body'),
  ];
}

function inContent(sent: Content, taken: Content, at: string): string[] {
  return Object.entries(sent).flatMap(([type, { schema }]) => {
    const other = taken[type];
    return other === undefined ? [`${at} is ${type}`] : beyond(schema, other.schema, at);
  });
}

/** New problems are no break: callers take one that they do not know for any other of its status. */
function inAnswers(released: Operation, present: Operation): string[] {
  return Object.entries(present.responses).flatMap(([status, { headers = {}, content = {} }]) => {
    const known = released.responses[status];
    if (known === undefined) return /^[23]/.test(status) ? [`is answered ${status}`] : [];
    const lost = Object.entries(known.headers ?? {}).flatMap(([name, { required, schema }]) => {
      const header = headers[name];
      if (header === undefined || (required === true && header.required !== true))
        return required === true ? [`${status} comes without the header ${name}`] : [];
      return beyond(header.schema, schema, `${status} ${name}`);
    });
    return [...lost, ...inContent(content, known.content ?? {}, status)];
  });
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Every reference replaced by what it leads to. */
function withoutReferences(document: Document): Document {
  const at = (reference: string) =>
    reference
      .slice(2)
      .split('/')
      .reduce<unknown>((part, name) => (part as Json)[name.replaceAll('~1', '/').replaceAll('~0', '~')], document);
  const replaced = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replaced);
    if (!isObject(value)) return value;
    const { $ref, ...rest } = value;
    const own = Object.fromEntries(Object.entries(rest).map(([name, inner]) => [name, replaced(inner)]));
    return typeof $ref === 'string' ? { ...(replaced(at($ref)) as Json), ...own } : own;
  };
  return replaced(document) as Document;
}

/** Says nothing of what is valid. */
const ANNOTATIONS = ['title', 'description', 'examples', 'example', 'deprecated', 'default', 'x-may-grow'];
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties', 'minContains'];
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties', 'maxContains'];
const COMPARED = new Set([
  ...ANNOTATIONS,
  ...LOWER,
  ...UPPER,
  'type',
  'enum',
  'const',
  'anyOf',
  'oneOf',
  'properties',
  'required',
  'additionalProperties',
  'items',
]);

/** Says something of values of these types only. */
const OF_TYPE: readonly [word: RegExp, types: readonly string[]][] = [
  [/Length$|^pattern$|^content/, ['string']],
  [/imum$|^multipleOf$/i, ['number', 'integer']],
  [/^format$/, ['string', 'number', 'integer']],
  [/Items$|[cC]ontains$/, ['array']],
  [/Properties$|^propertyNames$/, ['object']],
];

function concerns(word: string, types: readonly string[] | null): boolean {
  const [, concerned = null] = OF_TYPE.find(([words]) => words.test(word)) ?? [];
  return types === null || concerned === null || concerned.some((type) => types.includes(type));
}

/** What a value of the one schema may be that the other does not allow; of a word of JSON Schema that is not compared, that it differs. */
function beyond(one: Schema, other: Schema, at: string): string[] {
  if (other === true || one === false) return [];
  const from: Json = one === true ? {} : one;
  if (other === false) return [`${at} is anything`];
  const forms = alternatives(from);
  if (forms !== null) return [...new Set(forms.flatMap((form) => beyond(form, other, at)))];
  const allowed = alternatives(other);
  if (allowed !== null) return withinOne(from, allowed, at);
  const types = ofTypes(from, other);
  if (types.length > 0) return types.map((what) => `${at} ${what}`);
  return [
    ...[...ofValues(from, other), ...ofBounds(from, other), ...ofOtherWords(from, other)].map(
      (what) => `${at} ${what}`,
    ),
    ...ofFields(from, other, at),
    ...ofItems(from, other, at),
  ];
}

function alternatives({ anyOf, oneOf }: Json): Schema[] | null {
  return (anyOf ?? oneOf ?? null) as Schema[] | null;
}

/** Of the forms that are allowed, the one that comes closest says what is beyond. */
function withinOne(from: Json, allowed: Schema[], at: string): string[] {
  const alike = allowed.filter((form) => isObject(form) && ofTypes(from, form).length === 0);
  const found = (alike.length > 0 ? alike : allowed).map((form) => beyond(from, form, at));
  return found.toSorted((one, other) => one.length - other.length)[0] ?? [];
}

const typesOf = ({ type, ...rest }: Json): string[] | null => {
  if (type !== undefined) return [type].flat() as string[];
  const values = valuesOf(rest);
  return values === null ? null : values.map((value) => (value === null ? 'null' : typeof value));
};

function ofTypes(from: Json, to: Json): string[] {
  const allowed = typesOf(to);
  if (allowed === null) return [];
  const types = typesOf(from);
  if (types === null) return ['is of any type'];
  const isAllowed = (type: string) => allowed.includes(type) || (type === 'integer' && allowed.includes('number'));
  return [...new Set(types)].filter((type) => !isAllowed(type)).map((type) => `is of type ${type}`);
}

function valuesOf(schema: Json): unknown[] | null {
  if ('const' in schema) return [schema['const']];
  return (schema['enum'] as unknown[] | undefined) ?? null;
}

function ofValues(from: Json, to: Json): string[] {
  const allowed = valuesOf(to);
  if (allowed === null || to['x-may-grow'] === true) return [];
  const values = valuesOf(from);
  if (values === null) return ['is none of a few words'];
  return values.filter((value) => !allowed.includes(value)).map((value) => `is ${JSON.stringify(value)}`);
}

function ofBounds(from: Json, to: Json): string[] {
  // Words are compared one by one.
  if (valuesOf(from) !== null) return [];
  const isBeyond = (word: string, exceeds: (bound: number, limit: number) => boolean) => {
    const [bound, limit] = [from[word], to[word]];
    if (typeof limit !== 'number' || !concerns(word, typesOf(from))) return false;
    return typeof bound !== 'number' || exceeds(bound, limit);
  };
  return [
    ...LOWER.filter((word) => isBeyond(word, (bound, limit) => bound < limit)),
    ...UPPER.filter((word) => isBeyond(word, (bound, limit) => bound > limit)),
  ].map((word) => `is beyond \`${word}\``);
}

function ofOtherWords(from: Json, to: Json): string[] {
  if (valuesOf(from) !== null) return [];
  const isWithin = (word: string) =>
    isDeepStrictEqual(from[word], to[word]) || (from[word] === 'int32' && to[word] === 'int64');
  return Object.keys(to)
    .filter((word) => !COMPARED.has(word) && concerns(word, typesOf(from)) && !isWithin(word))
    .map((word) => `has another \`${word}\``);
}

function ofFields(from: Json, to: Json, at: string): string[] {
  const [fields, allowed] = [from, to].map(({ properties }) => (properties ?? {}) as Record<string, Schema>) as [
    Record<string, Schema>,
    Record<string, Schema>,
  ];
  const [required, needed] = [from, to].map((schema) => (schema['required'] ?? []) as string[]) as [string[], string[]];
  const others = (to['additionalProperties'] ?? true) as Schema;
  const isClosed = from['additionalProperties'] === false;
  const isDeprecated = (schema: Schema | undefined) => isObject(schema) && schema['deprecated'] === true;
  return [
    ...Object.entries(fields).flatMap(([name, schema]) => {
      const other = allowed[name] ?? others;
      return other === false ? [`${at}/${name} is not known`] : beyond(schema, other, `${at}/${name}`);
    }),
    ...Object.keys(allowed)
      .filter((name) => !(name in fields) && !isClosed && !isDeprecated(allowed[name]))
      .map((name) => `${at}/${name} is gone`),
    ...needed
      .filter((name) => !required.includes(name) && !isDeprecated(allowed[name]))
      .map((name) => `${at}/${name} may be missing`),
    ...(others === false && !isClosed && isOfObjects(from) ? [`${at} may have any field`] : []),
  ];
}

const isOfObjects = (schema: Json) => typesOf(schema)?.includes('object') === true;

function ofItems(from: Json, to: Json, at: string): string[] {
  const allowed = to['items'] as Schema | undefined;
  return allowed === undefined ? [] : beyond((from['items'] ?? true) as Schema, allowed, `${at}/*`);
}
