// The manifests of deploy/kubernetes give each process what it reads, and ask it where it answers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { loadApiConfig, loadCodecConfig, loadDeskConfig, loadWorkerConfig } from '../../../src/config/load.ts';
import { DESK_CHANGE_MS } from '../../../src/contract/time-limits.ts';
import { notificationTaskQueue, RELEASE_CHECK_WORKFLOW } from '../../../src/contract/names.ts';
import type { Container, Deployment, PodSpec } from '../../support/kubernetes.ts';
import { kustomization, manifests, unnamedFiles } from '../../support/kubernetes.ts';

const root = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const all = manifests();
const overlay = kustomization('overlays/example');
const MOUNT = '/run/secrets';

function deploymentOf(file: string): PodSpec {
  const found = all.get(file)?.find(({ kind }) => kind === 'Deployment') as Deployment | undefined;
  assert.ok(found !== undefined, file);
  return found.spec.template.spec;
}
const PODS = {
  api: deploymentOf('base/api.yaml'),
  worker: deploymentOf('base/worker.yaml'),
  codec: deploymentOf('components/codec/codec.yaml'),
  desk: deploymentOf('components/desk/desk.yaml'),
};
type Name = keyof typeof PODS;
const NAMES = Object.keys(PODS) as Name[];

const dir = mkdtempSync(join(tmpdir(), 'kubernetes-'));
after(() => rmSync(dir, { recursive: true }));
execFileSync(root('deploy/make-secrets.sh'), [join(dir, 'made')], { stdio: 'ignore' });

/** The Secret of a process as Kubernetes mounts it: each file is a link to one beside it. */
function mounted(name: Name): string {
  const folder = join(dir, name);
  const { secret } = PODS[name].volumes.find((volume) => volume.name === 'secrets') ?? {};
  const generator = overlay.secretGenerator.find((one) => one.name === secret?.secretName);
  mkdirSync(join(folder, '..data'), { recursive: true });
  for (const entry of generator?.files ?? []) {
    const [key = '', file = ''] = entry.split('=');
    const made = join(dir, 'made', file.replace(/^secrets\//, ''));
    cpSync(made, join(folder, '..data', key));
    if (key === 'merchants')
      writeFileSync(join(folder, '..data', key), readFileSync(made, 'utf8').replaceAll(MOUNT, folder));
    symlinkSync(join('..data', key), join(folder, key));
  }
  return folder;
}

function environment(name: Name, { envFrom = [], env = [] }: Container = PODS[name].containers[0]) {
  const maps = envFrom.map(({ configMapRef }) =>
    overlay.configMapGenerator.find((one) => one.name === configMapRef.name),
  );
  const literals = maps.flatMap((map) => map?.literals ?? []).map((text) => text.split(/=(.*)/s).slice(0, 2));
  return Object.fromEntries([...literals, ...env.map((one) => [one.name, one.value])]) as Record<string, string>;
}

/** What the process makes of its settings, read from where its container has them. */
function configOf<T>(name: Name, load: (env: Record<string, string>) => { ok: true; config: T } | { ok: false }): T {
  const folder = mounted(name);
  const env = Object.entries(environment(name)).map(([key, value]) => [key, value.replace(MOUNT, folder)]);
  const loaded = load(Object.fromEntries(env) as Record<string, string>);
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return loaded.config;
}
const api = configOf('api', loadApiConfig);
const worker = configOf('worker', loadWorkerConfig);
const codec = configOf('codec', loadCodecConfig);
const desk = configOf('desk', loadDeskConfig);

type Compose = Record<
  string,
  { environment: Record<string, string | null>; secrets: string[]; stop_grace_period?: string }
>;
const compose = (parse(readFileSync(root('docker-compose.yml'), 'utf8'), { merge: true }) as { services: Compose })
  .services;
/** Of the compose file, for something that is otherwise here. */
const NOT_HERE: Record<'api' | 'worker' | 'desk', { settings: string[]; secrets: string[] }> = {
  // Any name will do for who calls by the pod's address; the codec has a process of its own.
  api: {
    settings: [
      'ADMIN_HOSTS',
      'CODEC_ORIGINS',
      'OPERATORS_TIME_ZONE',
      'ADMIN_WITHOUT_LOGIN',
      'OIDC_ISSUER',
      'OIDC_AUDIENCE',
    ],
    secrets: [],
  },
  // After a restore: docs/kubernetes.md.
  worker: {
    settings: ['ADMIN_HOSTS', 'HEALTH_URL', 'RESTORED_AT', 'FORGOTTEN_ORDERS_FILE'],
    secrets: ['forgotten_orders'],
  },
  // People log in here, whose client secret is a file.
  desk: { settings: ['ADMIN_HOSTS', 'HEALTH_URL', 'ADMIN_WITHOUT_LOGIN', 'OIDC_CLIENT_SECRET'], secrets: [] },
};

describe('the manifests', () => {
  it('have the alerts of Prometheus without the operator', () => {
    const [rule] = all.get('components/monitoring/rules.yaml') ?? [];
    const alerts = root('deploy/monitoring/alerts.yaml');
    assert.deepEqual(rule?.spec, parse(readFileSync(alerts, 'utf8')));
  });

  it('have one worker for Kubernetes and for Temporal’s worker controller, which checks each release', () => {
    const [worker] = all.get('base/worker.yaml') ?? [];
    const [, versions] = all.get('components/versions/worker.yaml') ?? [];
    assert.deepEqual(versions?.spec['template'], worker?.spec['template']);
    assert.deepEqual(versions?.spec['rollout'], {
      ...Object(versions?.spec['rollout']),
      gate: { workflowType: RELEASE_CHECK_WORKFLOW },
    });
  });

  it('tell the API that workers have versions, where the worker controller runs them', () => {
    const patches = kustomization('components/versions').patches?.map(({ patch }) => parse(patch) as Deployment);
    const patch = patches?.find(({ metadata }) => metadata.name === 'api') ?? assert.fail('no patch of the API');
    const [container] = patch.spec.template.spec.containers;
    assert.equal(container.name, PODS.api.containers[0].name);
    const settings = Object.entries({ ...environment('api'), ...environment('api', container) });
    const loaded = loadApiConfig(
      Object.fromEntries(settings.map(([key, value]) => [key, value.replace(MOUNT, join(dir, 'api'))])),
    );
    assert.ok(loaded.ok, JSON.stringify(loaded));
    assert.notEqual(loaded.config.deployment, null);
    assert.equal(api.deployment, null, 'without the component they have none');
  });

  it('are all named by a kustomization', () => assert.deepEqual(unnamedFiles(), []));

  for (const name of ['api', 'worker', 'desk'] as const) {
    it(`give the ${name} what the compose file gives it`, () => {
      const { environment: settings, secrets } = compose[name] ?? { environment: {}, secrets: [] };
      const missing = Object.keys(settings).filter((key) => !(key in environment(name)));
      assert.deepEqual(missing.toSorted(), NOT_HERE[name].settings.toSorted());
      const generator = overlay.secretGenerator.find((one) => one.name === `${name}-secrets`);
      const keys = (generator?.files ?? []).map((file) => file.replace(/=.*/, ''));
      const expected = secrets.filter((key) => !NOT_HERE[name].secrets.includes(key));
      if (name === 'desk') expected.push('oidc_client_secret');
      assert.deepEqual(keys.toSorted(), expected.toSorted());
    });
  }

  it('name the ports on which the processes listen, for others to reach', () => {
    const ports = (name: Name) =>
      Object.fromEntries((PODS[name].containers[0].ports ?? []).map((one) => [one.name, one.containerPort]));
    assert.deepEqual(ports('api'), { http: api.api.port, admin: api.api.adminPort });
    assert.deepEqual(ports('worker'), { admin: worker.worker.adminPort });
    assert.deepEqual(ports('codec'), { codec: codec.port });
    assert.deepEqual(ports('desk'), { admin: desk.port });
    const hosts = [api.api.host, api.adminHost, worker.adminHost, codec.adminHost, desk.adminHost];
    assert.deepEqual(hosts, Array(5).fill('0.0.0.0'));
  });

  it('keep an API in service while Temporal is away, and restart nobody for it', () => {
    const { startupProbe, readinessProbe, livenessProbe } = PODS.api.containers[0];
    const paths = [startupProbe, readinessProbe, livenessProbe].map((probe) => probe?.httpGet.path);
    assert.deepEqual(paths, ['/readyz', '/livez', '/livez']);
    assert.equal(PODS.worker.containers[0].livenessProbe?.httpGet.path, '/livez');
  });

  it('let a worker end its calls to seQura, and no more', () => {
    const ms = (PODS.worker.terminationGracePeriodSeconds ?? 0) * 1000;
    assert.ok(ms > worker.sequra.timeoutMs + 5_000, `${ms} ms`);
  });

  it('let the desk end the changes that it has begun, as the compose file does, and have one of it, with a login', () => {
    const seconds = [PODS.desk.terminationGracePeriodSeconds, parseInt(compose['desk']?.stop_grace_period ?? '', 10)];
    for (const grace of seconds) assert.ok((grace ?? 0) * 1_000 > DESK_CHANGE_MS, `${grace} s`);
    const [deployment] = all.get('components/desk/desk.yaml') ?? [];
    assert.deepEqual([deployment?.spec['replicas'], deployment?.spec['strategy']], [1, { type: 'Recreate' }]);
    assert.equal(desk.login?.browser?.url, 'https://desk.example');
  });

  it('leave payloads to the codec', () => {
    assert.equal(api.api.codec, false);
    assert.deepEqual([codec.codecOrigins.length, codec.adminHosts.length], [1, 1]);
    assert.notEqual(codec.login, null);
  });

  for (const name of NAMES) {
    it(`give the ${name} no more rights than Kubernetes' restricted standard, and no more secrets than it reads`, () => {
      const pod = PODS[name];
      assert.deepEqual(
        [pod.automountServiceAccountToken, pod.enableServiceLinks, pod.securityContext.runAsNonRoot],
        [false, false, true],
      );
      for (const { securityContext: its, resources } of [...pod.containers, ...(pod.initContainers ?? [])]) {
        assert.deepEqual(its, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        assert.ok(resources.limits['memory'] !== undefined);
      }
      const [mount] = pod.containers[0].volumeMounts ?? [];
      assert.deepEqual([mount?.mountPath, mount?.readOnly], [MOUNT, true]);
    });
  }

  it('scale workers by the queues that they poll', () => {
    const scaled = all.get('components/keda/worker.yaml')?.[0]?.spec as {
      minReplicaCount: number;
      triggers: { metadata: Record<string, string> }[];
    };
    assert.ok(scaled.minReplicaCount >= 1);
    assert.deepEqual(
      scaled.triggers.map(({ metadata }) => [metadata['taskQueue'], metadata['endpoint'], metadata['namespace']]),
      [worker.taskQueue, notificationTaskQueue(worker.taskQueue)].map((queue) => [
        queue,
        environment('worker')['TEMPORAL_ADDRESS'],
        worker.temporal.namespace,
      ]),
    );
  });
});
