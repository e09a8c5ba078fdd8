// The three ways in which a call to seQura can fail (http-api.md, section 3; sequra.md, "What follows from it").

/** Surely not executed: it never reached seQura (`unreachable`), or seQura said 429 (`rate_limited`). */
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
    super(code === 'rate_limited' ? 'seQura asked to come back later' : 'seQura could not be reached');
    this.code = code;
    this.httpStatus = httpStatus;
    this.retryAfterMs = retryAfterMs;
  }
}

/** seQura answered 4xx other than 429: it did not do it. `errors` are its codes, never its texts. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly httpStatus: number;
  readonly errors: { code: string }[];

  constructor(httpStatus: number, errors: { code: string }[]) {
    super(`seQura refused with ${httpStatus}`);
    this.httpStatus = httpStatus;
    this.errors = errors;
  }
}

/** Anything else: seQura may or may not have done it. `reason` is a word for logs and metrics, such as `timeout` or `reset`. */
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

/** An answer has more bytes than any answer of seQura's. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError';
}

/** The bytes of an answer are not what its headers announce. */
export class AnswerUnreadableError extends Error {
  override readonly name = 'AnswerUnreadableError';
}
