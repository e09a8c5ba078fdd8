// How often seQura is called for one merchant: Temporal hands out no more of a merchant's activities, to however many workers.
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

const { TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

/** Of the fairness key of each merchant (`gateway/fairness.ts`). 0: no limit. Repeating it changes nothing. */
export async function limitCalls(
  { options, workflowService }: Client,
  taskQueue: string,
  perSecond: number,
): Promise<void> {
  await workflowService.updateTaskQueueConfig({
    namespace: options.namespace,
    identity: options.identity,
    taskQueue,
    taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
    updateFairnessKeyRateLimitDefault: {
      rateLimit: perSecond === 0 ? null : { requestsPerSecond: perSecond },
      reason: 'SEQURA_CALLS_PER_SECOND',
    },
  });
}
