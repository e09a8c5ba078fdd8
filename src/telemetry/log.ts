// JSON lines on stdout: ids, codes and counts; of an error only its name.
import type { Logger as TemporalLogger, LogLevel as TemporalLogLevel } from '@temporalio/common';
import type { DestinationStream, Logger } from 'pino';
import { pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from '../config/model.ts';

export type { Logger } from 'pino';

/** `name`: of the process. An order's lines carry its `id`. */
export function createLogger(level: LogLevel, name: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { process: name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorName, error: errorName },
      hooks: {
        logMethod(args, method) {
          const [first, text = 'error'] = args;
          // pino would write the message of an error that is logged by itself.
          if (first instanceof Error) method.call(this, { error: first }, text);
          else method.apply(this, args);
        },
      },
    },
    destination ?? pino.destination(1),
  );
}

/** The message, the stack and the causes of an error may quote anything. */
export function errorName(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : undefined;
  const type = 'type' in error && typeof error.type === 'string' ? error.type : null;
  return type === null ? error.name : `${error.name} ${type}`;
}

/** Fields of the SDK's lines, and their names in ours. */
const KEPT_METADATA = {
  workflowId: 'id',
  workflow_id: 'id',
  run_id: 'run_id',
  runId: 'run_id',
  workflowType: 'workflow_type',
  activityType: 'activity_type',
  attempt: 'attempt',
  taskQueue: 'task_queue',
  task_queue: 'task_queue',
  namespace: 'namespace',
  state: 'state',
  attention: 'attention',
  merchant_id: 'merchant_id',
} as const;

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** For `Runtime.install`: the SDK's own lines, less whatever may hold arguments, results or the text of an error. */
export function temporalLogger(logger: Logger): TemporalLogger {
  function log(level: TemporalLogLevel, message: string, metadata: Record<string | symbol, unknown> = {}): void {
    const kept: Record<string, unknown> = {};
    for (const [from, to] of Object.entries(KEPT_METADATA)) {
      const value = metadata[from];
      if (typeof value === 'string' || typeof value === 'number') kept[to] = value;
    }
    const error = metadata['error'] ?? metadata['err'];
    if (error instanceof Error) kept['error'] = errorName(error);
    logger[LEVELS[level]](kept, withoutErrorText(message, error));
  }
  const at = (level: TemporalLogLevel) => (message: string, metadata?: Record<string | symbol, unknown>) =>
    log(level, message, metadata);
  return { log, trace: at('TRACE'), debug: at('DEBUG'), info: at('INFO'), warn: at('WARN'), error: at('ERROR') };
}

/** Some of the SDK's messages end in the message of the error. */
function withoutErrorText(message: string, error: unknown): string {
  const quoted = error instanceof Error && error.message !== '' ? message.indexOf(error.message) : -1;
  return quoted === -1 ? message : message.slice(0, quoted).replace(/(?<![:\s])[:\s]+$/, '');
}
