// A reference as seQura may send it back: with blanks or a line end around it, or in another Unicode normal form.
import { isReference } from './ids.ts';

/** Blanks, line ends, byte order marks and direction marks; what stands inside a reference is part of it. */
const AROUND = /^[\s\p{Format}]+/u;

/** Far more than an order's, with all that may stand around it. */
const LONGEST = 1_000;

/** What the reference may have been when we sent it, as it came first. At most four; none where it cannot have been one. */
export function spellings(reference: string): string[] {
  if (reference.length > LONGEST) return [];
  const tidy = withoutEnd(reference.replace(AROUND, ''));
  const all = [reference, tidy, tidy.normalize('NFC'), tidy.normalize('NFD')];
  return [...new Set(all)].filter(isReference);
}

/** By hand: an expression for the end of a text takes more than linear time. */
function withoutEnd(text: string): string {
  const characters = Array.from(text);
  const last = characters.findLastIndex((character) => !AROUND.test(character));
  return characters.slice(0, last + 1).join('');
}
