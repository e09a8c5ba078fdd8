// Every fault the simulator can make: what it does, which calls it can meet, and its options with their defaults.
import { z } from 'zod';
import { ERROR_SHAPES } from './answers.ts';
import { CODING_NAMES } from './wire.ts';
import { CALL_KINDS } from './records.ts';

export const FAULT_CALLS = [...CALL_KINDS, 'webhook'] as const;
export type FaultCall = (typeof FAULT_CALLS)[number];

const ms = z.int().min(0).max(86_400_000);
const shape = z.enum(ERROR_SHAPES);
/** Longer than any caller waits. */
const holdMs = ms.default(600_000);
/** Whether the call is carried out although it is answered so. */
const effect = z.boolean().default(false);
const retryAfter = z.string().max(200).nullable();

const CREATE = ['create'] as const;
const WEBHOOK = ['webhook'] as const;

const serverError = (means: string) => ({
  calls: CALL_KINDS,
  means,
  options: { effect, shape: shape.default('html'), retry_after: retryAfter.default(null) },
});

export const FAULTS = {
  timeout_before_effect: {
    calls: CALL_KINDS,
    means: 'holds the call, does nothing, never answers',
    options: { hold_ms: holdMs },
  },
  timeout_after_effect: {
    calls: CALL_KINDS,
    means: 'does it, holds the call, never answers',
    options: { hold_ms: holdMs },
  },
  reset_before_effect: { calls: CALL_KINDS, means: 'resets the connection (RST) and does nothing', options: {} },
  reset_after_effect: { calls: CALL_KINDS, means: 'does it, then resets the connection (RST)', options: {} },
  http_500: serverError('answers 500'),
  http_502: serverError('answers 502'),
  http_503: serverError('answers 503'),
  http_504: serverError('answers 504'),
  rate_limited: {
    calls: CALL_KINDS,
    means: 'answers 429 with any text as Retry-After (null: none) and does nothing',
    options: { retry_after: retryAfter.default('1'), shape: shape.default('objects') },
  },
  refuse: {
    calls: CALL_KINDS,
    means: 'answers with this status and error shape and does nothing',
    options: {
      status: z.int().min(400).max(599).default(422),
      shape: shape.default('objects'),
      code: z.string().max(200).default('refused'),
    },
  },
  redirect: {
    calls: CALL_KINDS,
    means: 'answers with a redirect to `location`',
    options: {
      location: z.string().min(1).max(2000),
      status: z.literal([301, 302, 303, 307, 308]).default(307),
      effect,
    },
  },
  cut_body: { calls: CALL_KINDS, means: 'does it, hangs up in the middle of the body', options: {} },
  unreadable_body: {
    calls: CALL_KINDS,
    means: 'does it, answers 2xx with a body that is no JSON',
    options: { body: z.string().max(10_000).default('<html><body>OK</body></html>') },
  },
  other_reference: {
    calls: CREATE,
    means: 'does it, answers with another reference',
    options: { answered: z.string().max(300).default('another-reference') },
  },
  other_total: {
    calls: CREATE,
    means: 'does it, answers with another total',
    options: { answered: z.string().max(300).default('999999.99') },
  },
  drip: {
    calls: CALL_KINDS,
    means: 'does it, sends the body a byte at a time',
    options: { gap_ms: ms.default(1_000) },
  },
  huge_body: {
    calls: CALL_KINDS,
    means: 'does it, answers with valid JSON of this many bytes',
    options: { bytes: z.int().min(1).max(1_000_000_000).default(50_000_000) },
  },
  delay: {
    calls: CALL_KINDS,
    means: 'answers rightly, but late; `before_effect`: also does it late, even if the caller has left',
    options: { delay_ms: ms.default(1_000), before_effect: z.boolean().default(false) },
  },
  interim: {
    calls: CALL_KINDS,
    means: 'answers rightly, after interim answers that nobody asked for',
    options: {
      statuses: z
        .array(
          z
            .int()
            .min(100)
            .max(199)
            .refine((status) => status !== 101, 'a change of protocol is not an interim answer'),
        )
        .min(1)
        .max(20)
        .default([100, 103]),
    },
  },
  encoded: {
    calls: CALL_KINDS,
    means: 'answers rightly, in a content coding that nobody asked for',
    options: { coding: z.enum(CODING_NAMES).default('gzip') },
  },
  trailers: { calls: CALL_KINDS, means: 'answers rightly, in chunks with extensions, and with trailers', options: {} },
  http_1_0: {
    calls: CALL_KINDS,
    means: 'answers rightly, as an HTTP/1.0 server does: the end of the connection is the end of the body',
    options: {},
  },
  duplicate: {
    calls: WEBHOOK,
    means: 'sends the event this many times with one event_id, at once or `gap_ms` apart',
    options: { copies: z.int().min(2).max(1_000).default(2), gap_ms: ms.default(0) },
  },
  late: { calls: WEBHOOK, means: 'sends the event late', options: { delay_ms: ms.default(5_000) } },
  never: { calls: WEBHOOK, means: 'never sends the event', options: {} },
  other_event: {
    calls: WEBHOOK,
    means: 'sends another event name',
    options: { event: z.string().max(10_000).default('order/something_new') },
  },
  lost_answer: { calls: WEBHOOK, means: 'loses the answer to one try, so the event is repeated', options: {} },
} as const satisfies Record<string, { calls: readonly FaultCall[]; means: string; options: Record<string, z.ZodType> }>;

const COMMON = {
  /** How often it takes effect; null: until removed. */
  times: z.int().min(1).nullable().default(1),
  /** How many calls pass untouched first. */
  skip: z.int().min(0).default(0),
};

export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];

type KindsFor<C extends FaultCall> = {
  [K in FaultKind]: C extends (typeof FAULTS)[K]['calls'][number] ? K : never;
}[FaultKind];
export type CallFaultKind = KindsFor<(typeof CALL_KINDS)[number]>;
export type WebhookFaultKind = KindsFor<'webhook'>;

type Options<K extends FaultKind> = (typeof FAULTS)[K]['options'];
/** A fault without options is not to be `Record<string, never>`, which would forbid `kind`. */
type Input<K extends FaultKind> = keyof Options<K> extends never ? unknown : z.input<z.ZodObject<Options<K>>>;
type Output<K extends FaultKind> = keyof Options<K> extends never ? unknown : z.output<z.ZodObject<Options<K>>>;
type Common = z.ZodObject<typeof COMMON>;

export type Fault<K extends FaultKind = FaultKind> = { [P in K]: { kind: P } & z.output<Common> & Output<P> }[K];
/** A fault as it is asked for: everything with a default may be left out. */
export type FaultInput<C extends FaultCall = FaultCall> = {
  [P in KindsFor<C>]: { kind: P } & z.input<Common> & Input<P>;
}[KindsFor<C>];

/** Throws `ZodError` where the kind is unknown, cannot meet this call, or has wrong options. */
export function parseFault(call: FaultCall, input: unknown): Fault {
  const possible = FAULT_KINDS.filter((kind) => (FAULTS[kind].calls as readonly FaultCall[]).includes(call));
  const { kind } = z.looseObject({ kind: z.enum(possible) }).parse(input);
  return settingsOf(kind)
    .extend({ kind: z.literal(kind) })
    .parse(input) as unknown as Fault;
}

/** All that can be set of a fault beside its kind. */
export function settingsOf(kind: FaultKind): z.ZodObject {
  return z.strictObject({ ...COMMON, ...FAULTS[kind].options });
}
