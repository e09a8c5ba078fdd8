// Why a request broke off before it had an answer: it surely never arrived, or a word for why its outcome is unknown.
import { AnswerTooLargeError, AnswerUnreadableError } from './errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
  HPE_HEADER_OVERFLOW: 'answer_too_large',
};

const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/**
 * Whether a failed connect surely never reached the other side. An allow-list: DNS failure, connection refused, connect timeout.
 * Where several addresses were tried, it has to be so for each.
 */
export function neverReached(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(neverReached);
  const { code, syscall } = systemError(error);
  if (syscall === 'getaddrinfo') return true;
  return syscall === 'connect' && (code === 'ECONNREFUSED' || code === 'ETIMEDOUT');
}

/** A short word for an exchange that broke off. The error itself goes no further: a parser's carries the bytes received. */
export function brokenOffReason(error: unknown): string {
  if (error instanceof AnswerTooLargeError) return 'answer_too_large';
  if (error instanceof AnswerUnreadableError) return 'unreadable_answer';
  const code = systemError(error).code ?? '';
  if (code in REASONS) return REASONS[code] ?? 'other';
  if (code.startsWith('HPE_')) return 'unreadable_answer';
  return TLS_CODE.test(code) ? 'tls' : 'other';
}

function systemError(error: unknown): { code: string | undefined; syscall: string | undefined } {
  const { code, syscall } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  return { code, syscall };
}
