// The Temporal worker that runs orders: the same in production, in development and in tests.
import type { NativeConnection, WorkerOptions, WorkflowBundleOption } from '@temporalio/worker';
import { bundleWorkflowCode, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/create-activities.ts';
import type { Backup } from '../activities/dispatch.ts';
import { NO_BACKUP } from '../activities/dispatch.ts';
import type { WayInWatch } from '../activities/way-in.ts';
import { NO_WAY_IN_WATCH } from '../activities/way-in.ts';
import type { DeploymentVersion, PayloadKey } from '../config/model.ts';
import { smsBudget } from '../gateway/sms-budget.ts';
import type { Sequra } from '../sequra/sequra.ts';
import type { CodecOptions } from '../temporal/codec.ts';
import { dataConverter, workflowSources } from '../temporal/connection.ts';
import { ownArguments } from '../activities/own-arguments.ts';
import { buildIdOf, ownBundle } from './own-build.ts';

export type OrderWorkerOptions = {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  payloadKeys: readonly PayloadKey[] | null;
  sequra: Sequra;
  /** Left out: webhooks are taken to come in. */
  wayIn?: WayInWatch;
  /** Left out: none was put back. */
  backup?: Backup;
  /** How long a stopping worker lets running calls to seQura finish. */
  graceMs: number;
  /** Temporal limits the calls to seQura. Left out: it does not. */
  callsAreLimited?: boolean;
  /** Left out: none, as in development. */
  deployment?: DeploymentVersion | null;
  workflowBundle?: WorkflowBundleOption;
  /** Hears of each payload that this worker cannot read. */
  unreadable?: CodecOptions['unreadable'];
};

export async function createOrderWorker({
  payloadKeys,
  sequra,
  wayIn = NO_WAY_IN_WATCH,
  backup = NO_BACKUP,
  graceMs,
  callsAreLimited = false,
  deployment = null,
  workflowBundle,
  unreadable = () => undefined,
  ...options
}: OrderWorkerOptions): Promise<Worker> {
  const bundle = workflowBundle ?? ownBundle() ?? (await bundled());
  return Worker.create({
    ...options,
    activities: createActivities({
      sequra,
      backup,
      wayIn,
      sms: smsBudget(payloadKeys),
      release: { workflowBundle: bundle, payloadKeys },
    }),
    dataConverter: dataConverter(payloadKeys, { unreadable, replaceCorrupted: true }),
    shutdownGraceTime: graceMs,
    // Activities that come with the answer to a workflow task go past the queue, and so past its limit.
    ...(callsAreLimited && { maxEagerActivityReservationsPerWorkflowTask: 0 }),
    interceptors: { activity: [ownArguments] },
    workflowBundle: bundle,
    ...(deployment === null ? { buildId: buildIdOf(bundle) } : ofDeployment(deployment)),
  });
}

/**
 * A worker with a version takes tasks only once Temporal has been told that this version is the current one. An order goes on with the current
 * version, whichever it began with: orders wait for weeks, and each release can carry on what another began.
 */
export function ofDeployment({
  deploymentName,
  buildId,
}: DeploymentVersion): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  const version = { deploymentName, buildId };
  return {
    workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' },
  };
}

/** From the sources, in development. */
function bundled(): Promise<WorkflowBundleOption> {
  return bundleWorkflowCode({ ...workflowSources, logger: Runtime.instance().logger });
}
