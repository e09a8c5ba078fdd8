// What the document says of a text is what is taken.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { text } from '../../../../src/api/fields/fields.ts';

const HALVES = [0xd800, 0xdfff] as const;

describe('a text of one character', () => {
  const field = text(10);
  const { pattern } = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' });
  assert.ok(pattern !== undefined);

  for (const [dialect, documented] of [
    ['with code points', new RegExp(pattern, 'u')],
    ['without', new RegExp(pattern)],
  ] as const) {
    it(`is taken exactly where the pattern of the document has it, read ${dialect}`, () => {
      const wrong: string[] = [];
      for (let point = 0; point <= 0xffff; point += 1) {
        if (point >= HALVES[0] && point <= HALVES[1]) continue;
        const character = String.fromCodePoint(point);
        if (documented.test(character) !== field.safeParse(character).success) wrong.push(point.toString(16));
      }
      assert.deepEqual(wrong, []);
    });
  }
});
