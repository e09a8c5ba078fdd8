// The Temporal worker that calls merchants' endpoints, apart from the one that runs orders: slow endpoints delay no call to seQura.
import type { NativeConnection } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { createNotificationActivities } from '../activities/create-activities.ts';
import type { Notifying } from '../activities/notify.ts';
import type { PayloadKey } from '../config/model.ts';
import type { CodecOptions } from '../temporal/codec.ts';
import { dataConverter } from '../temporal/connection.ts';
import { notificationTaskQueue } from '../contract/names.ts';
import { ownArguments } from '../activities/own-arguments.ts';

export type NotificationWorkerOptions = {
  connection: NativeConnection;
  namespace: string;
  /** That of the orders; notifications have their own beside it. */
  taskQueue: string;
  payloadKeys: readonly PayloadKey[] | null;
  notifying: Notifying;
  /** Hears of each payload that this worker cannot read. */
  unreadable?: CodecOptions['unreadable'];
};

/** A call is little more than a socket that waits. With few, the silent endpoint of one merchant would delay all others. */
const CALLS_AT_A_TIME = 500;

export function createNotificationWorker({
  taskQueue,
  payloadKeys,
  notifying,
  unreadable = () => undefined,
  ...options
}: NotificationWorkerOptions): Promise<Worker> {
  return Worker.create({
    ...options,
    taskQueue: notificationTaskQueue(taskQueue),
    activities: createNotificationActivities(notifying),
    dataConverter: dataConverter(payloadKeys, { unreadable, replaceCorrupted: true }),
    interceptors: { activity: [ownArguments] },
    maxConcurrentActivityTaskExecutions: CALLS_AT_A_TIME,
  });
}
