// A reference as seQura may send it back: with blanks or a line end around it, or in another Unicode normal form.
import { isReference } from './ids.ts';

/** Blanks, line ends, byte order marks and direction marks; what stands inside a reference is part of it. */
const AROUND = /^[\s\p{Format}]+/u;

/** What the reference may have been when we sent it, as it came first. At most four. */
export function spellings(reference: string): string[] {
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
