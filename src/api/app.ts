// src/api: the Express app: a file per route, with its contract; http/ is what every request passes.
//
// The Express app: what every request passes, and which route answers it.
import type { Express, RequestHandler } from 'express';
import express from 'express';
import helmet from 'helmet';
import type { ApiKey } from '../config/model.ts';
import type { Context } from './context.ts';
import { accepts } from './http/accept.ts';
import { authenticated, scoped } from './http/auth.ts';
import { errorHandler } from './http/error-handler.ts';
import { sendEvents } from './http/event-stream.ts';
import { identifyCaller } from './http/caller.ts';
import type { Limits } from './http/limits.ts';
import { createLimits } from './http/limits.ts';
import { Problem } from './http/problem.ts';
import { checkHeaders } from './http/request-headers.ts';
import { rateLimited } from './http/rate-limit.ts';
import { requestLog } from './http/request-log.ts';
import { SAFE_HEADERS } from './http/safe-headers.ts';
import { webhookUrl } from './http/webhook-address.ts';
import type { Route } from './route.ts';
import { cancelOrder } from './routes/cancel-order.ts';
import { getOrder } from './routes/get-order.ts';
import { listOrders } from './routes/list-orders.ts';
import { openApiRoute } from './routes/openapi.ts';
import { orderEvents } from './routes/order-events.ts';
import { placeOrder } from './routes/place-order.ts';
import { REFERENCE_ROUTES } from './routes/reference-page.ts';
import { resolveOrder } from './routes/resolve-order.ts';
import { sendSms } from './routes/send-sms.ts';
import { sequraWebhook } from './routes/sequra-webhook.ts';
import { testNotification } from './routes/test-notification.ts';
import { webhookProbe } from './routes/webhook-probe.ts';

/** Where two routes match, the first one answers. */
export const ROUTES: readonly Route[] = [
  placeOrder,
  listOrders,
  getOrder,
  orderEvents,
  sendSms,
  cancelOrder,
  resolveOrder,
  testNotification,
  webhookProbe,
  sequraWebhook,
  openApiRoute(() => ROUTES),
  ...REFERENCE_ROUTES,
];

export type AppOptions = Omit<Context, 'clock' | 'limits'> & {
  apiKeys: readonly ApiKey[];
  rateLimit?: RequestHandler;
  clock?: () => Date;
  limits?: Limits;
};

/** The defaults of the settings. */
const MAX_WAITING = { perKey: 500, all: 5_000 };
const RATE_PER_SECOND = 300;

export function createApp({
  apiKeys,
  rateLimit = rateLimited(RATE_PER_SECOND),
  clock = () => new Date(),
  limits = createLimits(MAX_WAITING),
  ...rest
}: AppOptions): Express {
  const context: Context = { ...rest, clock, limits };
  const app = express();
  app.disable('etag');
  app.set('query parser', false);
  app.enable('strict routing');
  app.enable('case sensitive routing');

  app.use(requestLog(context));
  app.use(identifyCaller({ apiKeys, ...context }));
  app.use(helmet({ contentSecurityPolicy: false }), safe);
  app.use(rateLimit);
  app.use(asWebhook);

  for (const route of ROUTES) app[route.method](route.path, ...checks(route), answering(route, context));
  for (const path of new Set(ROUTES.map((route) => route.path))) app.all(path, methodNotAllowed(path));
  app.use(() => {
    throw new Problem('route_not_found', 'No route has this address.');
  });
  app.use(errorHandler(context));
  return app;
}

/** Rewrites a webhook's address to its route's. The headers of every other request are checked; a webhook's are not, so that none is lost. */
const asWebhook: RequestHandler = (req, res, next) => {
  const url = webhookUrl(req.url);
  if (url === null) {
    checkHeaders(req, res, next);
  } else {
    req.url = url;
    next();
  }
};

const safe: RequestHandler = (_req, res, next) => {
  res.set(SAFE_HEADERS);
  next();
};

/** A caller needs a key with one of the scopes, and has to accept the type of the answer. */
function checks({ scopes, produces }: Route): RequestHandler[] {
  return scopes.length === 0 ? [] : [authenticated, scoped(...scopes), accepting(produces)];
}

function accepting(type: string): RequestHandler {
  return (req, _res, next) => {
    if (!accepts(req.headers.accept, type)) throw new Problem('not_acceptable', `The answer is \`${type}\`.`);
    next();
  };
}

function answering({ handler, produces }: Route, context: Context): RequestHandler {
  const answer = handler(context);
  return async (req, res) => {
    const { status, headers = {}, body, events } = await answer(req, res);
    res.status(status).set(headers);
    if (events !== undefined) await sendEvents(res, events, context.draining);
    else if (body === undefined) res.end();
    else if (produces === 'application/json') res.json(body);
    else res.type(produces).send(body);
  };
}

function methodNotAllowed(path: string): RequestHandler {
  const allow = ROUTES.filter((route) => route.path === path)
    .flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : ['POST']))
    .join(', ');
  return () => {
    throw new Problem('method_not_allowed', `Allowed here: ${allow}.`, { headers: { Allow: allow } });
  };
}
