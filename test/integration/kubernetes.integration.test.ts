// The manifests of deploy/kubernetes are what Kubernetes takes, by its own schemas: no field that it does not know, none of another type.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { join } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Manifest } from '../support/kubernetes.ts';
import { kubernetesSchemas, manifests } from '../support/kubernetes.ts';

/** The oldest that the manifests are for, and the newest that there are schemas of. */
const VERSIONS = ['1.30.0', '1.37.0'];
/** Of operators, which bring their own schemas. */
const ELSEWHERE = [
  'keda.sh/v1alpha1 ScaledObject',
  'monitoring.coreos.com/v1 ServiceMonitor',
  'monitoring.coreos.com/v1 PrometheusRule',
  'monitoring.coreos.com/v1alpha1 ScrapeConfig',
  'temporal.io/v1alpha1 Connection',
  'temporal.io/v1alpha1 WorkerDeployment',
];

const nameOf = ({ apiVersion, kind }: Manifest) => `${apiVersion} ${kind}`;

for (const version of VERSIONS) {
  describe(`Kubernetes ${version}`, () => {
    let folder: string;
    let ajv: Ajv2020;
    before(async () => {
      folder = await kubernetesSchemas(version);
      ajv = new Ajv2020({ strict: false, allErrors: true, logger: false, validateFormats: false });
      ajv.addSchema(read('_definitions.json'), 'https://kubernetes.io/api/_definitions.json');
    });

    const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as object;
    function validator({ apiVersion, kind }: Manifest): ValidateFunction {
      const parts = apiVersion.replace('.k8s.io', '').split('/');
      const file = `${[kind, ...parts].join('-').toLowerCase()}.json`;
      const schema = read(file) as { $id: string };
      return ajv.getSchema(schema.$id) ?? ajv.compile(schema);
    }

    for (const [file, documents] of manifests()) {
      for (const manifest of documents.filter((one) => !ELSEWHERE.includes(nameOf(one)))) {
        it(`takes ${manifest.kind} ${manifest.metadata.name} of ${file}`, () => {
          const validate = validator(manifest);
          validate(manifest);
          const mistakes = (validate.errors ?? []).map(({ instancePath, message, params }) => [
            instancePath,
            message,
            params,
          ]);
          assert.deepEqual(mistakes, []);
        });
      }
    }

    it('would not take a misspelt field', () => {
      const [deployment] = manifests().get('base/api.yaml') ?? [];
      assert.ok(deployment !== undefined);
      const validate = validator(deployment);
      assert.equal(validate({ ...deployment, spec: { ...deployment.spec, replica: 2 } }), false);
    });
  });
}

it('every schema that is not looked up here is of an operator', () => {
  const others = [...manifests().values()]
    .flat()
    .map(nameOf)
    .filter((name) => /\.(sh|com)\/|^temporal\.io\//.test(name));
  assert.deepEqual(new Set(others), new Set(ELSEWHERE));
});
