// What every path of an admin port asks of a caller before anything else is done for it.
import type { IncomingHttpHeaders } from 'node:http';
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

/**
 * For a port whose pages have forms. What changes something has to come from one of them: a browser says where a form was sent from, and no page of
 * another origin can have it say otherwise.
 */
export const onlyOwnForms: RequestHandler = ({ method, headers }, _res, next) => {
  if (method === 'GET' || method === 'HEAD') return next();
  if (headers.origin === undefined || !['same-origin', undefined].includes(siteOf(headers)))
    throw new Problem('forbidden', 'Forms are taken from the pages of this port only.');
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded')
    throw new Problem('unsupported_media_type', 'Bodies are `application/x-www-form-urlencoded` here.');
  next();
};

function siteOf(headers: IncomingHttpHeaders): string | undefined {
  const site = headers['sec-fetch-site'];
  return Array.isArray(site) ? site.join() : site;
}
