// The Temporal worker for what may be slow beside the orders: calls to merchants' endpoints, and looks for orders that a webhook nearly matches.
import type { NativeConnection } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { createNotificationActivities } from '../activities/create-activities.ts';
import type { NearlyMatched } from '../activities/find-near-references.ts';
import type { Notifying } from '../activities/notify.ts';
import type { DeploymentVersion, PayloadKey } from '../config/model.ts';
import type { CodecOptions } from '../temporal/codec.ts';
import { dataConverter } from '../temporal/connection.ts';
import { notificationTaskQueue } from '../contract/names.ts';
import { ownArguments } from '../activities/own-arguments.ts';
import { ofDeployment } from './order-worker.ts';

export type NotificationWorkerOptions = {
  connection: NativeConnection;
  namespace: string;
  /** That of the orders; notifications have their own beside it. */
  taskQueue: string;
  payloadKeys: readonly PayloadKey[] | null;
  notifying: Notifying;
  /** Left out: none, as in development. */
  deployment?: DeploymentVersion | null;
  /** Called for each order that an unmatched webhook nearly matches. */
  nearlyMatched?: (what: NearlyMatched) => void;
  /** Hears of each payload that this worker cannot read. */
  unreadable?: CodecOptions['unreadable'];
};

/** A call is little more than a socket that waits. With few, the silent endpoint of one merchant would delay all others. */
const CALLS_AT_A_TIME = 500;

export function createNotificationWorker({
  taskQueue,
  payloadKeys,
  notifying,
  deployment = null,
  nearlyMatched = () => undefined,
  unreadable = () => undefined,
  ...options
}: NotificationWorkerOptions): Promise<Worker> {
  return Worker.create({
    ...options,
    taskQueue: notificationTaskQueue(taskQueue),
    activities: createNotificationActivities(notifying, nearlyMatched),
    dataConverter: dataConverter(payloadKeys, { unreadable, replaceCorrupted: true }),
    interceptors: { activity: [ownArguments] },
    maxConcurrentActivityTaskExecutions: CALLS_AT_A_TIME,
    ...(deployment !== null && ofDeployment(deployment)),
  });
}
