// The problems (RFC 9457) that an admin port answers with beside those of the API.
import type { Response } from 'express';

const KINDS = {
  login_needed: { status: 401, title: 'Somebody has to log in', headers: { 'WWW-Authenticate': 'Bearer' } },
  login_unavailable: { status: 503, title: 'Nobody can be known for the moment', headers: { 'Retry-After': '5' } },
} as const;

export class LoginProblem extends Error {
  override readonly name = 'LoginProblem';
  readonly code: keyof typeof KINDS;

  constructor(code: keyof typeof KINDS, detail: string) {
    super(detail);
    this.code = code;
  }
}

export function sendLoginProblem(res: Response, { code, message: detail }: LoginProblem): void {
  const { status, title, headers } = KINDS[code];
  const body = { type: `urn:part-payment-orders:problem:${code}`, title, status, detail, code };
  res.status(status).set(headers).set('Content-Type', 'application/problem+json');
  res.send(Buffer.from(JSON.stringify(body)));
}
