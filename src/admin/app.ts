// src/admin: admin ports: health, metrics, codec, and who logs in there.
//
// What the admin port of a process answers: is it alive, is it ready, what has it counted. For operators, not for the public.
import type { Registry } from '@prometheus-io/client';
import type { Express, RequestHandler, Router } from 'express';
import express from 'express';
import { createLanes } from '../api/http/lanes.ts';
import { Problem, sendProblem } from '../api/http/problem.ts';
import { SAFE_HEADERS } from '../api/http/safe-headers.ts';
import type { OrderMetrics } from '../telemetry/order-metrics.ts';
import type { Readiness } from './health.ts';
import type { Callers } from './callers.ts';
import { onlyJson, onlyKnownCallers, onlyOwnForms } from './guard.ts';
import type { People } from './people.ts';
import { LoginProblem, sendLoginProblem } from './problem.ts';

export type AdminParts = {
  callers: Callers;
  ready: () => Readiness;
  metrics: Registry;
  /** Of all orders: at `/metrics/orders`. */
  orderMetrics?: OrderMetrics | undefined;
  /** Left out where the process shows no data. */
  people?: People | undefined;
  /** What else this process offers there. Each route that shows data asks `people.known` first. */
  routes?: Router | undefined;
  /** Its routes are pages with forms; otherwise bodies are JSON. */
  forms?: boolean;
};

/** `unsentBytes`: half of what the codec takes at a time is left to those who read. */
const LIMITS = { underWayBytes: 32 * 2 ** 20, unsentBytes: 4 * 2 ** 20 };

export function createAdminApp({
  callers,
  ready,
  metrics,
  orderMetrics,
  people,
  routes,
  forms = false,
}: AdminParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(lanes(), headers, onlyKnownCallers(callers));
  // Before bodies are looked at: a log-out is a form, on ports without other forms, too.
  people?.addRoutes(app);
  app.use(forms ? onlyOwnForms : onlyJson);

  const own: Record<string, RequestHandler> = {
    '/livez': (_req, res) => void res.json({ status: 'alive' }),
    '/readyz'(_req, res) {
      const { ready: isReady, reasons } = ready();
      res.status(isReady ? 200 : 503).json({ status: isReady ? 'ready' : 'not_ready', reasons });
    },
    async '/metrics'(_req, res) {
      res.set('Content-Type', metrics.contentType).send(await metrics.metrics());
    },
  };
  if (orderMetrics !== undefined) {
    own['/metrics/orders'] = async (_req, res) => {
      await orderMetrics.fresh();
      // All who waited for the same count go on now.
      await res.locals.turn?.step();
      res.set('Content-Type', orderMetrics.contentType).send(await orderMetrics.text());
    };
  }
  for (const [path, handler] of Object.entries(own)) app.route(path).get(handler).all(onlyGet);
  if (routes !== undefined) app.use(routes);
  app.use(() => {
    throw new Problem('route_not_found', 'No route has this address.');
  });
  app.use(onError);
  return app;
}

/** Whoever asks for much and reads nothing loses the oldest of his answers; a lane is all that comes from one address. */
function lanes(): RequestHandler {
  const all = createLanes(LIMITS);
  return async (req, res, next) => {
    const turn = all.enter(req.socket.remoteAddress ?? '', res);
    res.locals.turn = turn;
    await turn.step();
    next();
  };
}

const headers: RequestHandler = (_req, res, next) => {
  res.set(SAFE_HEADERS);
  next();
};

const onlyGet: RequestHandler = (_req, res) => {
  sendProblem(res, new Problem('method_not_allowed', 'Allowed here: GET, HEAD.', { headers: { Allow: 'GET, HEAD' } }));
};

/** Takes a step: routers hand errors, and what they do not answer, on in a later turn of the event loop. */
const onError: express.ErrorRequestHandler = async (error: unknown, _req, res, next) => {
  if (res.headersSent) return next(error);
  await res.locals.turn?.step();
  if (error instanceof LoginProblem) sendLoginProblem(res, error);
  else sendProblem(res, error instanceof Problem ? error : new Problem('internal_error', 'The request failed here.'));
};
