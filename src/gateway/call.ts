// Calls Temporal with a time limit, and tells a failure of Temporal from any other.
import type { Client } from '@temporalio/client';
import { isGrpcServiceError, NamespaceNotFoundError, ServiceError } from '@temporalio/client';
import { TemporalUnavailableError } from './errors.ts';

/** Throws `TemporalUnavailableError` where Temporal does not answer in time or cannot serve; any other error passes. */
export async function call<Result>(client: Client, timeoutMs: number, work: () => Promise<Result>): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timeout = setTimeout(() => reject(new TemporalUnavailableError('Temporal did not answer in time')), timeoutMs);
  try {
    return await Promise.race([client.withDeadline(Date.now() + timeoutMs, work), late]);
  } catch (error) {
    // Without its database, Temporal answers that it does not know the namespace.
    if (isGrpcServiceError(error) || error instanceof ServiceError || error instanceof NamespaceNotFoundError) {
      throw new TemporalUnavailableError('Temporal could not be reached', { cause: error });
    }
    throw error;
  } finally {
    clearTimeout(timeout);
  }
}
