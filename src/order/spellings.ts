// A reference as seQura may send it back: with blanks or a line end around it, or in another Unicode normal form; and what else it may have been.
import { isReference, MAX_REFERENCE_CHARACTERS } from './ids.ts';
import { tidyIdentifier } from './tidy.ts';

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

/** What may stand between the parts of a reference, where it is written with something else there, or nothing. */
const BETWEEN = ['', ' ', '-', '_', '/', '.'];
const MOST_ZEROS = 8;
/** A reference that is longer has been put into something else. */
const LONGEST_NEAR = 3 * MAX_REFERENCE_CHARACTERS;
export const MOST_NEAR = 64;

/**
 * References that are close to one which no order has, likelier ones first: in another case, with other blanks and hyphens or none, invisible
 * characters and percent-encoding taken off, leading zeros lost or added. Nothing is taken for one of them: it is shown to a human.
 */
export function nearSpellings(reference: string): string[] {
  if (reference.length > LONGEST_NEAR) return [];
  const known = new Set(spellings(reference));
  const texts = [...new Set([reference, decoded(reference)].map(tidyIdentifier))];
  const near = texts.flatMap((text) => [
    ...[text, ...BETWEEN.map((between) => text.replaceAll(/[ _./-]+/gu, between))].flatMap(inEitherCase),
    ...withOtherZeros(text),
  ]);
  return [...new Set(near)].filter((text) => isReference(text) && !known.has(text)).slice(0, MOST_NEAR);
}

function inEitherCase(text: string): string[] {
  return [text, text.toLowerCase(), text.toUpperCase()];
}

function withOtherZeros(text: string): string[] {
  const bare = text.replace(/^0+(?=.)/u, '');
  return Array.from({ length: MOST_ZEROS + 1 }, (_, zeros) => '0'.repeat(zeros) + bare);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
