// What a route of the public API is made of: its contract, from which requests are checked, answers are sent and documents can be made, and
// the handler, which the compiler holds to it.
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { ApiKey, Country, Merchant, Scope } from '../config/model.ts';
import type { OrderView } from '../order/view.ts';
import type { IdempotencyKey } from '../gateway/claim-key.ts';
import type { Context } from './context.ts';
import { callerOf } from './http/auth.ts';
import type { ServerEvent } from './http/event-stream.ts';
import type { ProblemCode } from './http/problem.ts';
import { requestReader } from './request-reader.ts';
import type { HeadersOf } from './schemas/answers.ts';

export type Route = Contract & {
  /** Called once; what it returns answers the requests, or throws a `Problem` or one of the gateway's errors. */
  handler: (context: Context) => (req: Request, res: Response) => Promise<Reply>;
};

export type Contract = {
  /** Of the operation, for clients that are made from the contract. */
  name: string;
  summary: string;
  /** What its callers have to know, in Markdown. */
  description: string;
  method: 'get' | 'post';
  path: string;
  /** Any of them is enough; none: no key is asked for. */
  scopes: readonly Scope[];
  request: RequestContract;
  produces: MediaType;
  /** By their status. */
  answers: Readonly<Record<number, AnswerContract>>;
  /** Its own, beside those that follow from what it asks for (`problemsOf`); with the headers that it adds to each. */
  problems: Readonly<Partial<Record<ProblemCode, HeadersOf>>>;
};

export type MediaType = `${string}/${string}`;

export type RequestContract = {
  /** `id` is that of an order, which the key must see. */
  params?: Readonly<Record<string, z.ZodType>>;
  /** Whether the caller waits for what follows this state of the order: where it is the latest that is known (`Orders.latest`), it is not read again. */
  follows?: (
    latest: OrderView,
    asked: { query: Readonly<Record<string, unknown>>; headers: Readonly<Record<string, unknown>> },
  ) => boolean;
  /** Without it, no query is looked at. */
  query?: z.ZodObject;
  headers?: Readonly<Record<string, z.ZodType<unknown, string | undefined>>>;
  body?: BodyContract;
};

export type BodyContract = {
  types: readonly string[];
  required: boolean;
  schema: (rules: BodyRules) => z.ZodType;
  /** The merchant that it names, who has to be one of the key's; left out where the path says whose order it is about. */
  merchantId?: (json: unknown) => string | null;
};

/** What the checks of a body depend on; a country of null is that of a merchant not known (yet). */
export type BodyRules = { country: Country | null; ninChecksum: Merchant['ninChecksum']; clock: () => Date };

type AnswerContract = {
  means: string;
  /** Left out: there is none. */
  body?: z.ZodType;
  /** Of the body, or of the stream as a text. */
  example?: unknown;
  /** In place of a body, in what is produced as `text/event-stream`: the `data` of each event, by the event's name. */
  events?: Readonly<Record<string, z.ZodType>>;
  headers?: HeadersOf;
};

type Reply = {
  status: number;
  body?: unknown;
  events?: AsyncIterable<ServerEvent>;
  headers?: Readonly<Record<string, string>>;
};
type Answers = Contract['answers'];

/** One of the answers of a contract. */
type ReplyOf<A extends Answers> = {
  [S in keyof A & number]: { status: S } & BodyOf<A[S]> & HeaderValues<A[S]>;
}[keyof A & number];

type BodyOf<A> = A extends { body: infer B extends z.ZodType }
  ? { body: z.output<B>; events?: never }
  : A extends { events: infer E extends Record<string, z.ZodType> }
    ? { body?: never; events: AsyncIterable<EventsOf<E>> }
    : { body?: never; events?: never };

type EventsOf<E extends Record<string, z.ZodType>> = {
  [N in keyof E & string]: { event: N; id: string; data: z.output<E[N]> & object };
}[keyof E & string];

type HeaderValues<A> = A extends { headers: infer H }
  ? {
      headers: { [N in keyof H as H[N] extends 'always' ? N : never]: string } & {
        [N in keyof H as H[N] extends 'always' ? never : N]?: string;
      };
    }
  : { headers?: never };

/** A request after all checks: what it asks. */
export type Asked<R extends RequestContract> = {
  apiKey: ApiKey;
  /** Null where it came without one, and for what only reads. */
  key: IdempotencyKey | null;
  res: Response;
  order: R extends { params: { id: unknown } } ? OrderView : undefined;
  query: R extends { query: infer Q extends z.ZodType } ? z.output<Q> : undefined;
  headers: R extends { headers: infer H extends Record<string, z.ZodType> }
    ? { [N in keyof H]: z.output<H[N]> }
    : undefined;
  body: R extends { body: { schema: (rules: BodyRules) => infer B extends z.ZodType } } ? z.output<B> : undefined;
};

/** A route for whoever has a key with one of its scopes. */
export function keyedRoute<const R extends RequestContract, const A extends Answers, const P extends ReplyOf<A>>(
  route: Contract & {
    scopes: readonly [Scope, ...Scope[]];
    request: R;
    answers: A;
    handler: (context: Context) => (asked: Asked<R>) => Promise<P>;
  },
): Route {
  return {
    ...route,
    handler(context) {
      const read = requestReader(route, context);
      const answer = route.handler(context);
      return async (req, res) => answer((await read(req, res, callerOf(res))) as Asked<R>);
    },
  };
}

/** A route for anybody, or for whoever knows the secret in its path: nothing of a request is looked at before its handler does. */
export function openRoute<const A extends Answers, const P extends ReplyOf<A>>(
  route: Omit<Contract, 'scopes'> & {
    answers: A;
    handler: (context: Context) => (req: Request, res: Response) => Promise<P>;
  },
): Route {
  return { ...route, scopes: [] };
}
