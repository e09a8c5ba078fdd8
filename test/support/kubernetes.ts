// The manifests of deploy/kubernetes, and the schemas that Kubernetes itself checks them by.
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';

type Probe = { httpGet: { path: string; port: string } };
export type Container = {
  name: string;
  args: string[];
  envFrom?: { configMapRef: { name: string } }[];
  env?: { name: string; value: string }[];
  ports?: { name: string; containerPort: number }[];
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  resources: { limits: Record<string, string> };
  securityContext: { readOnlyRootFilesystem: boolean; allowPrivilegeEscalation: boolean; capabilities: object };
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
};
export type PodSpec = {
  containers: [Container, ...Container[]];
  initContainers?: Container[];
  enableServiceLinks?: boolean;
  automountServiceAccountToken?: boolean;
  terminationGracePeriodSeconds?: number;
  securityContext: { runAsNonRoot: boolean; runAsUser: number };
  volumes: { name: string; secret?: { secretName: string } }[];
};
export type Manifest = { apiVersion: string; kind: string; metadata: { name: string }; spec: Record<string, unknown> };
export type Deployment = Manifest & { spec: { replicas: number; template: { spec: PodSpec } } };
type Generator = { name: string; literals?: string[]; files?: string[] };
export type Kustomization = {
  resources?: string[];
  configurations?: string[];
  patches?: { patch: string }[];
  configMapGenerator: Generator[];
  secretGenerator: Generator[];
};

const FOLDER = fileURLToPath(new URL('../../deploy/kubernetes/', import.meta.url));

/** By the path of its file, such as `base/api.yaml`. What only tells kustomize something has none. */
export function manifests(): Map<string, Manifest[]> {
  const files = globSync('**/*.yaml', { cwd: FOLDER }).filter((file) => basename(file) !== 'kustomization.yaml');
  return new Map(
    files.toSorted().map((file) => {
      const documents = parseAllDocuments(readFileSync(FOLDER + file, 'utf8'), { merge: true });
      const all = documents.map((document) => document.toJS() as Partial<Manifest>);
      return [file, all.filter((one): one is Manifest => one.kind !== undefined)];
    }),
  );
}

export function kustomization(folder: string): Kustomization {
  return parse(readFileSync(`${FOLDER}${folder}/kustomization.yaml`, 'utf8')) as Kustomization;
}

/** Files that no kustomization names. */
export function unnamedFiles(): string[] {
  return [...manifests().keys()].filter((file) => {
    const { resources = [], configurations = [] } = kustomization(dirname(file));
    return ![...resources, ...configurations].includes(basename(file));
  });
}

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const REQUIREMENTS = fromRoot('test/support/kubernetes-schemas.txt');
const CACHE = fromRoot('.cache/kubernetes-schemas');

/** The folder with the schemas of a version of Kubernetes; they know no field beside their own. Fetched once. */
export async function kubernetesSchemas(version: string): Promise<string> {
  const [, release = ''] = /==(\S+)/.exec(readFileSync(REQUIREMENTS, 'utf8')) ?? [];
  const kept = join(CACHE, release);
  if (!existsSync(kept)) {
    await mkdir(CACHE, { recursive: true });
    const fetching = await mkdtemp(join(CACHE, 'fetching-'));
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--only-binary', ':all:'];
    await promisify(execFile)('python3', [...pip, '--require-hashes', '--target', fetching, '-r', REQUIREMENTS], {
      env: { ...process.env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0', PIP_ROOT_USER_ACTION: 'ignore' },
    });
    await rename(fetching, kept).catch(() => rm(fetching, { recursive: true }));
  }
  return join(kept, 'kubernetes_validate/kubernetes-json-schema', `v${version}-local-strict`);
}
