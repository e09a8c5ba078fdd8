// Makes JSON Schemas of the zod schemas that validate. A schema with an id becomes a component of the document.
import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** `input`: bodies that are sent to us. `output`: bodies that we send, to which fields may be added later. */
type Direction = 'input' | 'output';

/** The JSON Schema. Adds the components to which it refers to `components`. */
export function jsonSchema(schema: z.ZodType, io: Direction, components: Map<string, JsonSchema>): JsonSchema {
  const made = z.toJSONSchema(schema, { io, override: (context) => completed(context, io) });
  const { $schema: _, $defs = {}, ...json } = JSON.parse(JSON.stringify(made), asInDocument) as JsonSchema;
  for (const [id, component] of Object.entries($defs)) add(components, id, component);
  return json;
}

/** Throws if another component has this name. */
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
  // zod leaves out the examples of schemas with transforms; ours show what is sent.
  if (Array.isArray(examples)) jsonSchema.examples = examples;
  if (preset !== undefined) jsonSchema.default = preset;
  if (jsonSchema.type === 'integer')
    jsonSchema.format = (jsonSchema.maximum ?? Infinity) <= LARGEST_INT32 ? 'int32' : 'int64';
  // The format says the same as this pattern.
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
}

/** Points references to the components, and moves the text of a `rule` into the description. */
function asInDocument(key: string, value: unknown): unknown {
  if (key === '$ref' && typeof value === 'string') return value.replace('#/$defs/', '#/components/schemas/');
  if (typeof value !== 'object' || value === null || !('rule' in value) || typeof value.rule !== 'string') return value;
  const { rule, description, ...rest } = value as { rule: string; description?: string };
  return { ...rest, description: description === undefined ? rule : `${description} ${rule}` };
}
