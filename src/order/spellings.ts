// Spellings of a reference: those in which seQura may send it back, with blanks around it or in another Unicode normal form, and those close to it.
import { isReference, MAX_REFERENCE_CHARACTERS } from './ids.ts';
import { tidyIdentifier } from './tidy.ts';

/** Blanks, line ends, byte order marks and direction marks around a reference. Inside it, they are part of it. */
const AROUND = /^[\s\p{Format}]+/u;

/** A longer text is no reference, even with many blanks around it. */
const LONGEST = 1_000;

/** The references that we may have sent, the received text first. At most four; empty if none can be a reference. */
export function spellings(reference: string): string[] {
  if (reference.length > LONGEST) return [];
  const tidy = withoutEnd(reference.replace(AROUND, ''));
  const all = [reference, tidy, tidy.normalize('NFC'), tidy.normalize('NFD')];
  return [...new Set(all)].filter(isReference);
}

/** The text without blanks at its end. A regular expression for this takes more than linear time. */
function withoutEnd(text: string): string {
  const characters = Array.from(text);
  const last = characters.findLastIndex((character) => !AROUND.test(character));
  return characters.slice(0, last + 1).join('');
}

/** Separators that are tried between the parts of a reference in place of its own. */
const BETWEEN = ['', ' ', '-', '_', '/', '.'];
const MOST_ZEROS = 8;
/** A longer text holds more than a reference. */
const LONGEST_NEAR = 3 * MAX_REFERENCE_CHARACTERS;
export const MOST_NEAR = 64;

/**
 * References that are close to the given one, likelier ones first: in another case, with other blanks and hyphens or none, invisible
 * characters and percent-encoding taken off, leading zeros lost or added. None of them is used: they are shown to a human.
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
