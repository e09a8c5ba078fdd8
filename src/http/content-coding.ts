// The text of an answer, whichever coding and charset it came in: a server may choose those unasked (RFC 9110, sections 8.3.2 and 8.4).
import type { IncomingHttpHeaders } from 'node:http';
import { CODINGS, isTooLarge } from './codings.ts';
import { AnswerTooLargeError, AnswerUnreadableError } from './errors.ts';

/** One or two are usual, and each costs a pass over the bytes. */
const MOST_CODINGS = 4;

/** Throws `AnswerUnreadableError`, and `AnswerTooLargeError` where it has more than `maxBytes`. */
export function decodedText(bytes: Buffer, headers: IncomingHttpHeaders, maxBytes: number): string {
  const codings = (headers['content-encoding'] ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  const applied = codings.filter((coding) => coding !== '' && coding !== 'identity');
  if (applied.length > MOST_CODINGS) throw new AnswerUnreadableError();
  const plain = applied.reduceRight((rest, coding) => decoded(rest, coding, maxBytes), bytes);
  return textOf(plain, headers['content-type'] ?? '');
}

function decoded(bytes: Buffer, coding: string, maxBytes: number): Buffer {
  const decode = CODINGS.get(coding);
  if (decode === undefined) throw new AnswerUnreadableError();
  try {
    return bytes.length === 0 ? bytes : decode(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    throw isTooLarge(error) ? new AnswerTooLargeError() : new AnswerUnreadableError();
  }
}

/** JSON is UTF-8 (RFC 8259); a charset that says otherwise is believed. A byte order mark is dropped. */
function textOf(bytes: Buffer, contentType: string): string {
  const parameter = contentType.split(';').find((part) => part.trim().toLowerCase().startsWith('charset='));
  const charset = parameter?.split('=')[1]?.replaceAll('"', '').trim();
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
