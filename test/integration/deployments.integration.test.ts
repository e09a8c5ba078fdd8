// Deploys by version (Temporal docs, "Worker Versioning"): two releases side by side, the next one let in, and taken back.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { RELEASE_CHECK_WORKFLOW } from '../../src/contract/names.ts';
import { findTemporalCli } from '../../src/dev/temporal.ts';
import { idOf } from '../support/orders.ts';
import { npmRun } from '../support/programs.ts';
import { replay } from '../support/replay.ts';
import type { Site } from '../support/site.ts';
import { openSite, untilReady } from '../support/site.ts';
import { closed, smsSent, until } from '../support/waits.ts';

const run = promisify(execFile);
/** As the worker controller names it. */
const DEPLOYMENT = 'a-namespace/worker';
const FIRST = 'part-payment-orders-1.0-3c4f';
const NEXT = 'part-payment-orders-1.1-9b2a';

const releaseSettings = (buildId: string) => ({
  TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT,
  TEMPORAL_WORKER_BUILD_ID: buildId,
});

describe('deploys by version', () => {
  let site: Site;
  let cli: string;
  let probes = 0;

  before(async () => {
    site = await openSite({ temporal: 'in memory', workers: 0, settings: releaseSettings(FIRST) });
    cli = await findTemporalCli(console.error);
  });
  after(() => site.close());

  async function startRelease(buildId: string): Promise<void> {
    const worker = await site.startWorker(releaseSettings(buildId));
    await untilReady(worker);
  }

  /** As docs/deployment.md says. */
  async function makeCurrent(buildId: string): Promise<void> {
    const which = ['--deployment-name', DEPLOYMENT, '--build-id', buildId, '--yes'];
    const where = ['--address', site.temporal.address];
    // Temporal knows a version once its worker has polled.
    await until('the version', () =>
      run(cli, ['worker', 'deployment', 'set-current-version', ...which, ...where]).then(
        () => true,
        () => false,
      ),
    );
    // What is decided reaches all task queues within a second or so.
    await until('its first order', async () => {
      const reference = `probe ${(probes += 1)}`;
      await waiting(reference);
      return (await carriedOnBy(reference)) === buildId;
    });
  }

  async function waiting(reference: string): Promise<string> {
    assert.equal((await site.api.post(reference)).status, 202);
    await site.api.see(idOf(reference), 'the SMS', smsSent);
    return reference;
  }

  async function signed(reference: string): Promise<void> {
    site.simulator.confirm(reference);
    assert.equal((await site.api.see(idOf(reference), 'the end', closed)).status, 'confirmed');
  }

  /** The release that carried the order on last. */
  async function carriedOnBy(reference: string): Promise<string | undefined> {
    const { raw } = await site.client.workflow.getHandle(idOf(reference)).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
  }

  /** As the worker controller has a release checked. */
  function checked(buildId: string): Promise<{ replayed: number }> {
    return site.client.workflow.execute(RELEASE_CHECK_WORKFLOW, {
      workflowId: `check of ${buildId}`,
      taskQueue: 'part-payment-orders',
      versioningOverride: { pinnedTo: { deploymentName: DEPLOYMENT, buildId } },
    });
  }

  it('leave an order waiting until a release is the current one', async () => {
    await startRelease(FIRST);
    assert.equal((await site.api.post('first')).status, 202);
    assert.equal((await site.read(idOf('first')))?.status, 'creating');
    assert.equal(site.simulator.ledger.calls('first', 'create').length, 0);
    await makeCurrent(FIRST);
    await site.api.see(idOf('first'), 'the SMS', smsSent);
    assert.equal(await carriedOnBy('first'), FIRST);
    const { typedSearchAttributes } = await site.client.workflow.getHandle(idOf('first')).describe();
    const builds = typedSearchAttributes.get({ name: 'BuildIds', type: 'KEYWORD_LIST' });
    assert.deepEqual(builds, [`unversioned:${FIRST}`], 'the API has told none');
  });

  it('have an order that began with one release carried on by the next, and new orders as well', async () => {
    await waiting('across');
    await startRelease(NEXT);
    await waiting('not let in yet');
    assert.equal(await carriedOnBy('not let in yet'), FIRST);
    assert.ok((await checked(NEXT)).replayed >= 3);
    await makeCurrent(NEXT);
    await signed('across');
    assert.equal(await carriedOnBy('across'), NEXT);
    await waiting('new');
    assert.equal(await carriedOnBy('new'), NEXT);
    await until('the merchant has been told', () => site.endpoint.received.length > 3);
  });

  it('take a release back: what it began goes on with the one before', async () => {
    await makeCurrent(FIRST);
    await signed('new');
    assert.equal(await carriedOnBy('new'), FIRST);
    await signed(await waiting('after the roll-back'));
    assert.equal(await carriedOnBy('after the roll-back'), FIRST);
    await signed('first');
    await signed('not let in yet');
  });

  it('create and text each order once, and leave histories that replay', async () => {
    for (const reference of ['first', 'across', 'not let in yet', 'new', 'after the roll-back']) {
      const { ledger } = site.simulator;
      assert.deepEqual(
        [ledger.calls(reference, 'create').length, ledger.calls(reference, 'send_sms').length],
        [1, 1],
        reference,
      );
      const history = await site.client.workflow.getHandle(idOf(reference)).fetchHistory();
      assert.equal(await replay([{ workflowId: idOf(reference), history }], site.payloadKeys), 1);
    }
  });

  it('can be checked before, by a sample of what is in Temporal', async () => {
    const sample = npmRun('replay', site.settings, '--from-server');
    assert.equal(await sample.ended(), 0, sample.stderr());
    assert.match(sample.stdout(), /^order:merchant_1:across: today's code decides as its history says\.$/m);
  });
});
