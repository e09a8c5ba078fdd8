// One line per request: ids and numbers, never an address (it may hold a secret or what a person typed) and never a body.
import type { RequestHandler } from 'express';
import type { Context } from './route.ts';

export function requestLog({ log, metrics }: Pick<Context, 'log' | 'metrics'>): RequestHandler {
  return (req, res, next) => {
    const startedAtMs = performance.now();
    res.once('close', () => {
      const ms = Math.round(performance.now() - startedAtMs);
      const facts = { method: req.method, route: routePattern(req.route), status: res.statusCode };
      const { apiKey, orderId } = res.locals;
      log.info(
        {
          ...facts,
          ms,
          ...(apiKey && { api_key: apiKey.id }),
          ...(orderId !== undefined && { id: orderId }),
          ...(!res.writableFinished && { aborted: true }),
        },
        'request',
      );
      metrics?.requestEnded({ ...facts, seconds: ms / 1000 });
    });
    next();
  };
}

function routePattern(route: unknown): string {
  const path = typeof route === 'object' && route !== null && 'path' in route ? route.path : null;
  return typeof path === 'string' ? path : 'none';
}
