// The gRPC status behind a failed call to Temporal.
import { isGrpcServiceError } from '@temporalio/client';

export const GRPC = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** However deep the SDK, or we, have wrapped it; null where no call to Temporal failed. */
export function grpcStatus(error: unknown): number | null {
  return grpcError(error)?.code ?? null;
}

/** As `grpcStatus`, with the server's own words in its details. */
export function grpcError(error: unknown) {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (isGrpcServiceError(cause)) return cause;
  return null;
}
