// What is known of a JSON text beyond its value.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { exceeds, jsonNames, repeatsName } from '../../../../src/api/http/json.ts';

/** One character as `\uXXXX`. */
const escaped = (text: string) =>
  Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function valuesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return 1 + Object.values(value).reduce<number>((sum, one) => sum + valuesOf(one), 0);
}

function namesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(namesOf);
  return Array.isArray(value) ? inner : [...Object.keys(value), ...inner];
}

const spaced = fc
  .jsonValue()
  .chain((value) => fc.constantFrom(0, 1, 3).map((spaces) => ({ value, text: JSON.stringify(value, null, spaces) })));

describe('a JSON text', () => {
  it('has the names, the depth and about as many values as its value, and repeats none', () => {
    fc.assert(
      fc.property(spaced, ({ text }) => {
        const value: unknown = JSON.parse(text);
        assert.deepEqual(Array.from(jsonNames(text), ({ name }) => name).toSorted(), namesOf(value).toSorted());
        assert.equal(repeatsName(text), false);
        const [depth, values] = [depthOf(value), valuesOf(value)];
        // An empty object or list counts as two.
        const most = { depth, values: 2 * values };
        assert.equal(exceeds(text, most), null);
        if (depth > 0) assert.equal(exceeds(text, { ...most, depth: depth - 1 }), 'depth');
        assert.equal(exceeds(text, { ...most, values: values - 1 }), 'values');
      }),
    );
  });

  it('repeats a name at any depth, in any spelling and with anything between', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.jsonValue(),
        fc.jsonValue(),
        fc.boolean(),
        fc.nat(20),
        (name, first, second, isEscaped, depth) => {
          const again = isEscaped ? `"${escaped(name)}"` : JSON.stringify(name);
          const twice = `{${JSON.stringify(name)}:${JSON.stringify(first)}, ${again} : ${JSON.stringify(second)}}`;
          assert.ok(repeatsName(`${'[{"a":'.repeat(depth)}${twice}${'}]'.repeat(depth)}`));
        },
      ),
    );
  });

  it('repeats none where objects beside or inside one another have the same name', () => {
    assert.equal(repeatsName('{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":1}}'), false);
    assert.equal(repeatsName(String.raw`{"a":"\"a\":1","b":"{\"a\":1,\"a\":2}","\\":1,"\"":2}`), false);
  });
});
