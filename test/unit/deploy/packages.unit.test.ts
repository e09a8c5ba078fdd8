// `npm run packages` and `npm run sbom`: what is wrong with a package is found, whatever it is.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Bom, Lock, Manifest } from '../../../scripts/packages.ts';
import {
  licenceMistakes,
  lockMistakes,
  manifestMistakes,
  productionBom,
  requirementMistakes,
} from '../../../scripts/packages.ts';

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

const BYTES = `sha512-${'A'.repeat(86)}==`;
const WHOLE = { version: '1.0.0', integrity: BYTES, license: 'MIT' };
const MANIFEST: Manifest = { name: 'shop', workspaces: ['client'], allowScripts: { native: false } };
const NATIVE = { 'node_modules/native': { ...WHOLE, hasInstallScript: true } };
const OWN = {
  '': {},
  client: { name: 'shop-client', version: '0.1.0' },
  'node_modules/shop-client': { resolved: 'client', link: true },
};
const READ = { 'node_modules/unionfs': { version: '1.0.0', integrity: BYTES } };

const locked = (packages: Lock['packages']): Lock => ({ packages: { ...OWN, ...NATIVE, ...READ, ...packages } });

describe('a lock file', () => {
  const WRONG: Readonly<Record<string, Lock['packages']>> = {
    'has no hash': { 'node_modules/a': { version: '1.0.0' } },
    'has a short hash': { 'node_modules/a': { ...WHOLE, integrity: 'sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } },
    'comes from an address': { 'node_modules/a': { ...WHOLE, resolved: 'https://packages.example/a.tgz' } },
    'comes from a repository': {
      'node_modules/a': { version: '1.0.0', resolved: 'git+ssh://git@git.example/a.git#0' },
    },
    'is a folder': { 'node_modules/a': { resolved: '../a', link: true } },
    'runs a script': { 'node_modules/b/node_modules/a': { ...WHOLE, hasInstallScript: true } },
  };

  it('that is whole has no mistake', () =>
    assert.deepEqual(lockMistakes(locked({ 'node_modules/a': WHOLE }), MANIFEST), []));

  for (const [what, packages] of Object.entries(WRONG))
    it(`names a package that ${what}`, () => {
      const mistakes = lockMistakes(locked(packages), MANIFEST);
      assert.ok(mistakes.length > 0);
      for (const mistake of mistakes) assert.match(mistake, /^node_modules\/(b\/node_modules\/)?a: /);
    });

  it('names a permission that nobody needs', () =>
    assert.deepEqual(lockMistakes({ packages: OWN }, MANIFEST), [
      'allowScripts: native runs no code while it is installed',
    ]));
});

describe('a manifest', () => {
  it('asks for exact versions, and for its own workspaces', () => {
    const dependencies = { a: '1.2.3', b: '1.2.3-rc.1', c: 'file:client' };
    assert.deepEqual(manifestMistakes({ ...MANIFEST, dependencies }, ['client']), []);
  });

  const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies', 'overrides'];
  for (const version of [
    '^1.2.3',
    '~1.2.3',
    '1',
    '*',
    '',
    'latest',
    '>=1',
    'file:../a',
    'git://a.example/a',
    'npm:b@1.0.0',
    'x/a',
  ])
    it(`names what is asked for as ${JSON.stringify(version)}`, () => {
      for (const kind of KINDS)
        assert.equal(manifestMistakes({ ...MANIFEST, [kind]: { a: version } }, ['client']).length, 1, kind);
    });
});

it('a list of Python packages names what is not one version', () => {
  const pinned = '# why\na==1.0\nb[c]==2.1.post1 \\\n    --hash=sha256:00\nd==3.0; python_version < "3.11"\n';
  assert.deepEqual(requirementMistakes(pinned), []);
  for (const line of ['a', 'a>=1', 'a==1.*', 'a @ https://packages.example/a', '-e .', 'git+https://a.example/a'])
    assert.equal(requirementMistakes(`${pinned}${line}\n`).length, 1, line);
});

describe('licences', () => {
  const of = (license: string | undefined) =>
    licenceMistakes(locked({ 'node_modules/a': { ...WHOLE, license: license as string } }), ['client']);

  it('that may be used are', () => {
    for (const licence of ['MIT', 'Apache-2.0 AND MIT', '(MIT OR GPL-3.0-only)']) assert.deepEqual(of(licence), []);
  });

  it('that may not are named with their package', () => {
    for (const licence of [
      'GPL-3.0-only',
      'MIT AND GPL-3.0-only',
      'SSPL-1.0',
      'UNLICENSED',
      'SEE LICENSE IN X',
      undefined,
    ])
      assert.match(of(licence).join(), /^node_modules\/a: /, licence);
  });

  it('of what only develops do not matter, unless it is built in', () => {
    const mine = { ...WHOLE, license: 'GPL-3.0-only', dev: true };
    assert.deepEqual(licenceMistakes(locked({ 'node_modules/a': mine })), ['client: does not say its licence']);
    assert.match(
      licenceMistakes(locked({ 'node_modules/swagger-ui-dist': mine }), ['client']).join(),
      /^node_modules\/swagger/,
    );
  });
});

it('the image is built of what is named, and of nothing else that lies here', () => {
  const lines = read('.dockerignore').split('\n');
  const [nothing, ...named] = lines.filter((line) => line !== '' && !line.startsWith('#'));
  assert.equal(nothing, '*');
  const letIn = named.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from = '']) =>
    from.split(' '),
  );
  assert.ok(copied.length > 5);
  const inside = (path: string) => letIn.some((each) => path === each || path.startsWith(`${each}/`));
  assert.deepEqual(
    copied.filter((path) => !inside(path)),
    [],
  );
  assert.deepEqual(
    letIn.filter((path) => !copied.some((each) => each === path || path.startsWith(each) || each.startsWith(path))),
    [],
  );
  assert.match(read('Dockerfile'), /npm prune --omit=dev/);
});

it('the bill of materials has every package that runs, and no other', () => {
  const lock = JSON.parse(read('package-lock.json')) as Lock;
  const refs = Object.entries(lock.packages).map(
    ([path, { name, version }]) => `${name ?? path.split('node_modules/').at(-1)}@${version}`,
  );
  const bom: Bom = {
    metadata: { component: { name: 'app', 'bom-ref': 'app@1' } },
    components: refs.map((ref) => ({ name: ref, 'bom-ref': ref })),
    dependencies: [{ ref: 'app@1', dependsOn: refs }, ...refs.map((ref) => ({ ref, dependsOn: refs }))],
  };
  const { components, dependencies, metadata } = productionBom(bom, lock, 'part-payment-orders');
  assert.equal(metadata.component.name, 'part-payment-orders');
  const names = components.map(({ name }) => name.replace(/@[^@]+$/, ''));
  for (const name of [
    '@temporalio/client',
    '@grpc/grpc-js',
    'express',
    'swagger-ui-dist',
    'part-payment-orders-client',
    'zod',
  ])
    assert.ok(names.includes(name), name);
  for (const name of ['typescript', '@temporalio/testing', 'playwright-core', 'knip'])
    assert.ok(!names.includes(name), name);
  assert.ok(components.length > 200);
  for (const { dependsOn = [] } of dependencies) assert.equal(dependsOn.length, components.length);

  const fewer = bom.components.filter(({ name }) => !name.startsWith('@grpc/grpc-js@'));
  assert.throws(() => productionBom({ ...bom, components: fewer }, lock, 'a'), /left out: @grpc\/grpc-js@/);
});
