// Encodes messages and stack traces of failures like payloads, so that the codec encrypts them too. Runs inside workflows as well.
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
