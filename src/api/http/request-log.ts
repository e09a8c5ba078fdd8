// One line per request: ids and numbers, never an address (it may hold a secret or what a person typed) and never a body.
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { Context } from '../context.ts';

/** A UUID, or the 32 digits that nginx makes. We take no other id from a caller: it might hold a phone number. */
const HARMLESS = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

export function requestLog({ log, metrics }: Pick<Context, 'log' | 'metrics'>): RequestHandler {
  return (req, res, next) => {
    const startedAtMs = performance.now();
    const from = req.socket.remoteAddress;
    const requestId = givenId(req) ?? randomUUID();
    res.locals.requestId = requestId;
    res.set('Request-Id', requestId);
    res.once('close', () => {
      const ms = Math.round(performance.now() - startedAtMs);
      const facts = { method: req.method, route: routePattern(req.route), status: res.statusCode };
      const { apiKey, orderId, wrongSecret } = res.locals;
      log.info(
        {
          ...facts,
          ms,
          request_id: requestId,
          ...(apiKey && { api_key: apiKey.id }),
          ...(orderId !== undefined && { id: orderId }),
          ...(wrongSecret && { from }),
          ...(!res.writableFinished && { aborted: true }),
        },
        'request',
      );
      metrics?.requestEnded({ ...facts, seconds: ms / 1000 });
    });
    next();
  };
}

function givenId({ headers }: Request): string | undefined {
  const given = headers['request-id'] ?? headers['x-request-id'];
  return typeof given === 'string' && HARMLESS.test(given) ? given : undefined;
}

function routePattern(route: unknown): string {
  const path = typeof route === 'object' && route !== null && 'path' in route ? route.path : null;
  return typeof path === 'string' ? path : 'none';
}
