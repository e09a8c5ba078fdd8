// Checks every answer of the API that a test gets against the contract of its route.
import assert from 'node:assert/strict';
import type { RequestListener, ServerResponse } from 'node:http';
import type { z } from 'zod';
import { ROUTES } from '../../src/api/app.ts';
import { webhookUrl } from '../../src/api/http/webhook-address.ts';
import { PROBLEMS } from '../../src/api/http/problem.ts';
import type { Route } from '../../src/api/route.ts';
import { everyAnswerOf, problemsOf } from '../../src/api/route-problems.ts';
import type { AnswerHeader, HeadersOf } from '../../src/api/schemas/answers.ts';
import { ANSWER_HEADERS } from '../../src/api/schemas/answers.ts';
import { problem, problemOfCode } from '../../src/api/schemas/problem.ts';
import { undocumented } from './documented.ts';
import { eventsIn } from './events.ts';

export type Exchange = {
  method: string;
  /** With its query; null where the server could not read it. */
  path: string | null;
  status: number;
  header: (name: string) => string | null;
  /** As text; null if it was not looked at. */
  body: string | null;
};

/** Throws if the route does not declare the answer. */
export function checkAnswer(exchange: Exchange): void {
  const wrong = wrongIn(exchange);
  const { method, path, status, body } = exchange;
  assert.deepEqual(wrong, [], `${method} ${path} answered ${status}, which is not as its route declares: ${body}`);
}

/** The parts of an answer that its route does not declare, or the document made from it does not say. */
function wrongIn(exchange: Exchange): string[] {
  const { method, path } = exchange;
  const route = path === null ? undefined : routeOf(method, path);
  const undeclared = undeclaredIn(exchange, route);
  return undeclared.length > 0 ? undeclared : undocumented(exchange, route);
}

function undeclaredIn(exchange: Exchange, route: Route | undefined): string[] {
  const { status, header } = exchange;
  const isProblem = header('content-type') === 'application/problem+json';
  if (status >= 400 || isProblem) return wrongProblem(exchange, route);
  const answer = route?.answers[status];
  if (route === undefined || answer === undefined) return [`${status} is none of its answers`];
  const type = (header('content-type') ?? '').split(';', 1)[0];
  const isEmpty = answer.body === undefined && answer.events === undefined;
  return [
    ...(type === (isEmpty ? '' : route.produces) ? [] : [`type ${type}`]),
    ...wrongHeaders(exchange, { ...everyAnswerOf(route), ...answer.headers }),
    ...wrongContent(exchange, route, answer),
  ];
}

function wrongContent(exchange: Exchange, { produces }: Route, { body, events }: Route['answers'][number]): string[] {
  if (events !== undefined) return wrongEvents(exchange, events);
  // Pages are for people.
  return body === undefined || produces === 'application/json' ? wrongBody(exchange, body) : [];
}

function wrongEvents({ method, body }: Exchange, schemas: Readonly<Record<string, z.ZodType>>): string[] {
  if (body === null) return [];
  if (method === 'HEAD') return body === '' ? [] : ['it has a body'];
  return eventsIn(body).flatMap(({ event, id, data }) => {
    const read = schemas[event]?.safeParse(parsed(data));
    if (read === undefined) return [`no event is called ${event}`];
    if (!read.success) return issues(read.error);
    return id === String((read.data as { revision: number }).revision) ? [] : [`the id is ${id}`];
  });
}

function routeOf(method: string, path: string): Route | undefined {
  const target = (webhookUrl(path) ?? path).split('?', 1)[0] ?? '';
  if (!isDecodable(target)) return undefined;
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  return ROUTES.find(
    (route) => route.method === verb && new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(target),
  );
}

function isDecodable(path: string): boolean {
  try {
    return decodeURIComponent(path) !== '';
  } catch {
    return false;
  }
}

function wrongProblem(exchange: Exchange, route: Route | undefined): string[] {
  const { method, status, header, body } = exchange;
  if (header('content-type') !== 'application/problem+json') return ['it is no problem+json'];
  const declared = problemsOf(route);
  if (method === 'HEAD' || body === null) {
    const known = [...declared.keys()].some((code) => PROBLEMS[code].status === status);
    return known ? [] : [`${status} is the status of none of its problems`];
  }
  const read = problem.safeParse(parsed(body));
  if (!read.success) return issues(read.error);
  const { code } = read.data;
  const headers = declared.get(code);
  if (headers === undefined) return [`${code} is none of its problems`];
  return [
    ...(PROBLEMS[code].status === status ? [] : [`${code} has another status`]),
    ...wrongHeaders(exchange, headers),
    ...wrongBody(exchange, problemOfCode(code)),
  ];
}

function wrongHeaders({ header }: Exchange, declared: HeadersOf): string[] {
  return (Object.keys(ANSWER_HEADERS) as AnswerHeader[]).flatMap((name) => {
    const value = header(name);
    if (value === null) return declared[name] === 'always' ? [`the header ${name} is missing`] : [];
    if (declared[name] === undefined) return [`the header ${name} is not declared`];
    return ANSWER_HEADERS[name].safeParse(value).success ? [] : [`the header ${name} is ${value}`];
  });
}

function wrongBody({ method, body }: Exchange, schema: z.ZodType | undefined): string[] {
  if (body === null) return [];
  if (method === 'HEAD' || schema === undefined) return body === '' ? [] : ['it has a body'];
  const read = schema.safeParse(parsed(body));
  return read.success ? [] : issues(read.error);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function issues(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`);
}

type Watched = {
  listener: RequestListener;
  /** Throws where it has given an answer that is not declared, once for each. */
  check: () => void;
};

/** The same app; every answer is checked before it is sent, whoever asks. */
export function watched(app: RequestListener): Watched {
  const wrong: string[] = [];
  return {
    check: () => assert.deepEqual(wrong.splice(0), [], 'answers that their routes do not declare'),
    listener(req, res) {
      const { method = '', url = '' } = req;
      onAnswer(res, (body) => {
        const header = (name: string) => res.getHeader(name)?.toString() ?? null;
        const faults = wrongIn({ method, path: url, status: res.statusCode, header, body });
        if (faults.length > 0) wrong.push(`${method} ${url} → ${res.statusCode} ${body}: ${faults.join('; ')}`);
      });
      app(req, res);
    },
  };
}

/** The whole body; of a stream of events whose reader went, what was written of it. */
function onAnswer(res: ServerResponse, look: (body: string) => void): void {
  const pieces: string[] = [];
  const keep = ([chunk]: unknown[]) => {
    if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) pieces.push(chunk.toString());
  };
  const write = res.write.bind(res) as (...args: unknown[]) => boolean;
  res.write = (...args: unknown[]) => {
    keep(args);
    return write(...args);
  };
  const end = res.end.bind(res) as (...args: unknown[]) => ServerResponse;
  res.end = (...args: unknown[]) => {
    keep(args);
    look(pieces.join(''));
    return end(...args);
  };
  res.once('close', () => {
    if (!res.writableEnded && pieces.length > 0) look(pieces.join(''));
  });
}
