// A form for each fault, with a field for everything that can be set of it, as the table of faults has it.
import { z } from 'zod';
import type { FaultKind } from '../fault-table.ts';
import { FAULTS, settingsOf } from '../fault-table.ts';
import type { Html } from '../../admin/html.ts';
import { html } from '../../admin/html.ts';

/** What is used here of a setting's JSON Schema. */
const setting = z.object({
  type: z.enum(['integer', 'number', 'string', 'boolean', 'array']),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  default: z.unknown().optional(),
});
const nullable = z.object({ anyOf: z.tuple([setting, z.object({ type: z.literal('null') })]), default: z.unknown() });

type Field = z.output<typeof setting> & { name: string; isNullable: boolean };

function fieldsOf(kind: FaultKind): Field[] {
  const { properties = {} } = z.toJSONSchema(settingsOf(kind), { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const or = nullable.safeParse(property);
    if (!or.success) return { name, isNullable: false, ...setting.parse(property) };
    return { name, isNullable: true, ...or.data.anyOf[0], default: or.data.default };
  });
}

const choicesOf = ({ type, enum: values }: Field): readonly (string | number | boolean)[] | undefined =>
  type === 'boolean' ? [false, true] : values;

/** As `read` reads it. */
function write(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value).replaceAll(/[[\]]/g, '');
}

/** What the text of a field stands for; the table of faults says whether it may. */
function read(field: Field, text: string): unknown {
  if (field.isNullable && text === '') return null;
  const choice = choicesOf(field)?.find((value) => String(value) === text);
  if (choice !== undefined) return choice;
  if (field.type === 'array') return text.split(',').map(Number);
  return field.type === 'string' || text === '' ? text : Number(text);
}

/** `form`: by the names of the fields. */
export function readSettings(kind: FaultKind, form: Readonly<Record<string, string>>): Record<string, unknown> {
  const given = fieldsOf(kind).filter(({ name }) => form[name] !== undefined);
  return Object.fromEntries(given.map((field) => [field.name, read(field, form[field.name] ?? '')]));
}

const WORDS: Record<string, string> = { times: 'times (empty: until removed)', skip: 'skip (how many pass first)' };

function control(field: Field): Html {
  const { name, default: value } = field;
  const choices = choicesOf(field);
  if (choices !== undefined) {
    const options = choices.map((choice) =>
      choice === value ? html`<option selected>${String(choice)}</option>` : html`<option>${String(choice)}</option>`,
    );
    return html`<select name="${name}">
      ${options}
    </select>`;
  }
  return value === undefined
    ? html`<input name="${name}" required value="" />`
    : html`<input name="${name}" value="${write(value)}" />`;
}

function input(field: Field): Html {
  const words = WORDS[field.name] ?? (field.isNullable ? `${field.name} (empty: none)` : field.name);
  return html`<label>${words}${control(field)}</label>`;
}

/** Closed until its name is pressed. */
export function faultForm(kind: FaultKind): Html {
  const { calls, means } = FAULTS[kind];
  return html`<details class="card">
    <summary><b>${kind}</b> <span class="soft">${means}</span></summary>
    <form method="post" action="/faults">
      <input type="hidden" name="kind" value="${kind}" />
      <label>Reference (* for every order)<input name="reference" required value="*" /></label>
      <label>
        Call
        <select name="call">
          ${calls.map((call) => html`<option>${call}</option>`)}
        </select>
      </label>
      ${fieldsOf(kind).map(input)}
      <button class="main">Switch on</button>
    </form>
  </details>`;
}
