// Tidies text that people paste, before it is checked: invisible characters, and the many forms of blanks, hyphens and full-width characters.

/** Characters that show nothing: those that Unicode calls ignorable, other format characters, and four blank glyphs. */
const INVISIBLE_RUN = /[\p{Default_Ignorable_Code_Point}\p{Format}\u2800\u{1D159}\u{13441}\u{13442}]+/gu;
const SHOWS_NOTHING =
  /^[\p{Default_Ignorable_Code_Point}\p{Format}\u2800\u{1D159}\u{13441}\u{13442}\p{White_Space}]*$/u;

/** Digits of every script, which Unicode has in runs from zero to nine. */
const DIGIT = /\p{Decimal_Number}/u;
const FOREIGN_DIGITS = /(?![0-9])\p{Decimal_Number}/gu;
/** Full-width and small forms of ASCII characters. */
const ASCII_VARIANTS = /[\uFE50-\uFE6F\uFF01-\uFF5E]/gu;
const BLANKS = /[\p{White_Space}\u2800]+/gu;
/** Dashes, and characters that look like one: modifier letters, bullets, the mark of Japanese keyboards. */
const DASHES = /[\p{Dash}\u02D7\u2043\u30FC\uFF70]/gu;

export function showsNothing(text: string): boolean {
  return SHOWS_NOTHING.test(text);
}

/** An identifier in plain characters, with single blanks and none around it. */
export function tidyIdentifier(text: string): string {
  return text
    .replaceAll(ASCII_VARIANTS, (character) => character.normalize('NFKC'))
    .replaceAll(FOREIGN_DIGITS, plainDigit)
    .replaceAll(BLANKS, ' ')
    .replaceAll(INVISIBLE_RUN, '')
    .replaceAll(BLANKS, ' ')
    .replaceAll(DASHES, '-')
    .trim();
}

function plainDigit(digit: string): string {
  const codePoint = digit.codePointAt(0) ?? 0;
  let before = 0;
  while (DIGIT.test(String.fromCodePoint(codePoint - before - 1))) before += 1;
  return String(before % 10);
}

/** A tidy identifier without separators: blanks, hyphens, and the forms of dots and slashes. */
export function withoutSeparators(text: string): string {
  return tidyIdentifier(text).replaceAll(/[ ./·•‧∙・\u2024\u2044\u2215-]/gu, '');
}

/** The same, also without brackets. */
export function bare(text: string): string {
  return withoutSeparators(text).replaceAll(/[\p{Open_Punctuation}\p{Close_Punctuation}]/gu, '');
}

/** Digits, after a + if the number has its international prefix. Other characters stay, so that the number is refused for them. */
export function tidyPhone(text: string): string {
  const compact = withoutSeparators(text)
    .replaceAll(/\p{Open_Punctuation}/gu, '(')
    .replaceAll(/\p{Close_Punctuation}/gu, ')');
  const isInternational = /^\(?(?:\+|00)/.test(compact);
  // The zero of `+34 (0) 666…` is dialled only inside the country.
  const dialled = isInternational ? compact.replace('(0)', '') : compact;
  return dialled.replaceAll(/[()]/g, '').replace(/^00/, '+');
}

/** A text in one line: blanks with a line break or a tab among them become one blank, and none at either end. */
export function inOneLine(text: string): string {
  return text.replaceAll(/\s+/gu, (blanks, offset: number) => {
    if (!/[\t\n\r\u2028\u2029]/u.test(blanks)) return blanks;
    return offset === 0 || offset + blanks.length === text.length ? '' : ' ';
  });
}
