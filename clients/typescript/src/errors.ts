// The two ways in which a call fails: by an answer, and without one.
import type { components } from './api.ts';
import type { Order } from './order.ts';

type Problem = components['schemas']['Problem'];

/** The API has refused, or the order has come to nothing. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  /** Decide by it. Null where something else than the API has answered, a proxy for example. */
  readonly code: Problem['code'] | null;
  /** The order that it is about, as it is now; null where there is none. */
  readonly order: Order | null;
  /** What is wrong with the request, each with a pointer to its place. */
  readonly errors: NonNullable<Problem['errors']>;
  /** Of the answer, for the operators: the log has it too. */
  readonly requestId: string | null;

  constructor({ status, headers }: Pick<Response, 'status' | 'headers'>, body: unknown) {
    const problem = (typeof body === 'object' && body !== null ? body : {}) as Partial<Problem>;
    const { code = null, detail } = problem;
    super(code === null ? `${status}, not from the API` : `${status} ${code}: ${detail}`);
    this.status = status;
    this.code = code;
    this.order = problem.order ?? null;
    this.errors = problem.errors ?? [];
    this.requestId = headers.get('request-id');
  }
}

/** No answer came, however often it was asked. The request may have been taken: sending it again is safe. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError';
  /** A word such as ECONNREFUSED, or a sentence. */
  readonly reason: string;

  constructor(url: string, cause: unknown) {
    const reason = reasonOf(cause);
    super(`no answer from ${new URL(url).origin}: ${reason}`, { cause });
    this.reason = reason;
  }
}

/** `fetch` hides it in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  return error.message;
}
