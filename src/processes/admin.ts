// The admin port of a process: is it alive, is it ready, what has it counted. For operators, not for the public.
import { createServer } from 'node:http';
import type { Registry } from '@prometheus-io/client';
import type { RequestHandler, Router } from 'express';
import express from 'express';
import { Problem, sendProblem } from '../api/problem.ts';
import type { Readiness } from './health.ts';
import { listen } from './listen.ts';

export type AdminOptions = {
  host: string;
  /** 0: any free one. */
  port: number;
  /** The variable that the port came from. */
  setting: string;
  ready: () => Readiness;
  metrics: Registry;
  /** What else this process offers there. */
  routes?: Router | undefined;
};

export type Admin = { port: number; close: () => Promise<void> };

export async function startAdmin({ ready, metrics, routes, ...address }: AdminOptions): Promise<Admin> {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(headers);

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
  for (const [path, handler] of Object.entries(own)) app.route(path).get(handler).all(onlyGet);
  if (routes !== undefined) app.use(routes);
  app.use((_req, res) => sendProblem(res, new Problem('route_not_found', 'No route has this address.')));
  app.use(onError);

  const server = createServer(app);
  const port = await listen(server, address);
  return {
    port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

const headers: RequestHandler = (_req, res, next) => {
  res.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
  next();
};

const onlyGet: RequestHandler = (_req, res) => {
  sendProblem(res, new Problem('method_not_allowed', 'Allowed here: GET, HEAD.', { headers: { Allow: 'GET, HEAD' } }));
};

const onError: express.ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (res.headersSent) next(error);
  else sendProblem(res, error instanceof Problem ? error : new Problem('internal_error', 'The request failed here.'));
};
