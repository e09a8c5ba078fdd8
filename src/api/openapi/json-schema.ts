// JSON Schemas out of the zod schemas that validate. What has an id there stands once, among the components of the document.
import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** `input`: what is sent to us. `output`: what we send, to which fields may be added. */
type Direction = 'input' | 'output';

/** The schema, with references to `components`, to which it adds those that it refers to. */
export function jsonSchema(schema: z.ZodType, io: Direction, components: Map<string, JsonSchema>): JsonSchema {
  const made = z.toJSONSchema(schema, { io, override: (context) => completed(context, io) });
  const { $schema: _, $defs = {}, ...json } = JSON.parse(JSON.stringify(made), asInDocument) as JsonSchema;
  for (const [id, component] of Object.entries($defs)) add(components, id, component);
  return json;
}

/** Throws where two different things have one name. */
export function add<T>(components: Map<string, T>, id: string, component: T): void {
  const known = components.get(id);
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(component))
    throw new Error(`two components are called ${id}`);
  components.set(id, component);
}

type Context = { zodSchema: z.core.$ZodTypes; jsonSchema: JsonSchema };

const LARGEST_INT32 = 2 ** 31 - 1;

function completed({ zodSchema, jsonSchema }: Context, io: Direction): void {
  const { examples, default: preset } = z.globalRegistry.get(zodSchema) ?? {};
  // zod leaves out those of what it transforms: ours are as they are sent.
  if (Array.isArray(examples)) jsonSchema.examples = examples;
  if (preset !== undefined) jsonSchema.default = preset;
  if (jsonSchema.type === 'integer')
    jsonSchema.format = (jsonSchema.maximum ?? Infinity) <= LARGEST_INT32 ? 'int32' : 'int64';
  // Its format says so already.
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
}

/** References lead to the components, and what a rule checks stands in the description. */
function asInDocument(key: string, value: unknown): unknown {
  if (key === '$ref' && typeof value === 'string') return value.replace('#/$defs/', '#/components/schemas/');
  if (typeof value !== 'object' || value === null || !('rule' in value) || typeof value.rule !== 'string') return value;
  const { rule, description, ...rest } = value as { rule: string; description?: string };
  return { ...rest, description: description === undefined ? rule : `${description} ${rule}` };
}
