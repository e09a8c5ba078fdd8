// What every path of an admin port asks of a caller before anything else is done for it.
import type { RequestHandler } from 'express';
import { Problem } from '../api/http/problem.ts';
import type { Callers, Refused } from './callers.ts';
import { refusedCaller } from './callers.ts';

const WHY: Readonly<Record<Refused, string>> = {
  host: 'This port does not go by the name in `Host`; ADMIN_HOSTS says which names are its own.',
  origin: 'Pages of this origin may not call; CODEC_ORIGINS says which may.',
};

export function onlyKnownCallers(callers: Callers): RequestHandler {
  return (req, _res, next) => {
    const refused = refusedCaller(req, callers);
    if (refused !== null) throw new Problem('forbidden', WHY[refused]);
    next();
  };
}

/** A form or a script of another page can send any other type without asking first. */
export const onlyJson: RequestHandler = ({ headers }, _res, next) => {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  if (type === undefined ? hasBody : type !== 'application/json') {
    throw new Problem('unsupported_media_type', 'Bodies are `application/json` here.');
  }
  next();
};
