// The third way in which a call to seQura can fail, beside those of `http/errors.ts` (http-api.md, section 3; sequra.md, "What follows from it").

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

/** seQura did not take the merchant's user and password. */
export function isUnauthorized({ httpStatus }: RefusedError): boolean {
  return httpStatus === 401 || httpStatus === 403;
}
