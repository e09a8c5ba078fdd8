// How an outgoing request can fail: it was surely not executed, or its outcome is unknown.

/** Surely not executed: it never arrived (`unreachable`), or the answer was 429 (`rate_limited`). */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
  readonly code: 'unreachable' | 'rate_limited';
  readonly httpStatus: number | null;
  /** From `Retry-After`; null where it is missing or unreadable. */
  readonly retryAfterMs: number | null;

  constructor(
    code: 'unreachable' | 'rate_limited',
    httpStatus: number | null = null,
    retryAfterMs: number | null = null,
  ) {
    super(code === 'rate_limited' ? 'the other side asked to come back later' : 'the other side could not be reached');
    this.code = code;
    this.httpStatus = httpStatus;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The other side may or may not have done it. `reason` is a word for logs and metrics, such as `timeout` or `reset`. */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
  readonly reason: string;
  readonly httpStatus: number | null;

  constructor(reason: string, httpStatus: number | null = null) {
    super(`outcome unknown: ${reason}`);
    this.reason = reason;
    this.httpStatus = httpStatus;
  }
}

/** An answer has more bytes than is ever read. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError';
}

/** The bytes of an answer are not what its headers announce. */
export class AnswerUnreadableError extends Error {
  override readonly name = 'AnswerUnreadableError';
}
