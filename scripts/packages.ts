// What is asked of the packages that we use: written down to the byte, nobody's code run while they are installed, and under a licence that we may use.

type LockEntry = {
  name?: string;
  version?: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  link?: boolean;
  dev?: boolean;
  hasInstallScript?: boolean;
};
export type Lock = { packages: Readonly<Record<string, LockEntry>> };
export type Manifest = {
  name: string;
  workspaces?: readonly string[];
  dependencies?: Readonly<Record<string, string>>;
  devDependencies?: Readonly<Record<string, string>>;
  optionalDependencies?: Readonly<Record<string, string>>;
  peerDependencies?: Readonly<Record<string, string>>;
  overrides?: Readonly<Record<string, unknown>>;
  allowScripts?: Readonly<Record<string, boolean>>;
};
type Component = { name: string; 'bom-ref': string };
export type Bom = {
  metadata: { component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
};

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/;

/** They ask for their text to be kept, which `node_modules` does, and for nothing of what is built with them. */
const LICENCES: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  // Of data, which is not built into anything: what browsers can do.
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'Unlicense',
];
/** Their package.json does not say it; read in their LICENSE. */
const LICENCES_READ: Readonly<Record<string, string>> = { unionfs: 'Unlicense' };

/** Copied from packages of development into what is built: `copyReferencePage` of build.ts. */
const BUILT_IN: readonly string[] = ['node_modules/swagger-ui-dist'];

/** Of what the service runs with, by path. */
function used({ packages }: Lock): [string, LockEntry][] {
  return Object.entries(packages).filter(
    ([path, { dev, link }]) => path !== '' && !link && (!dev || BUILT_IN.includes(path)),
  );
}

/** The last name in a path such as `node_modules/a/node_modules/@b/c`. */
const nameOf = (path: string) => path.split('node_modules/').at(-1) ?? path;

/** Of a lock file and the manifest beside it. */
export function lockMistakes({ packages }: Lock, manifest: Manifest): string[] {
  const { workspaces = [], allowScripts = {} } = manifest;
  const entries = Object.entries(packages).filter(([path]) => path !== '');
  const scripts = new Set<string>();
  const mistakes = entries.flatMap(([path, { link, resolved, integrity, hasInstallScript }]) => {
    if (link === true) return workspaces.includes(resolved ?? '') ? [] : [`${path}: links to what is no workspace`];
    if (workspaces.includes(path)) return [];
    if (hasInstallScript) scripts.add(nameOf(path));
    return [
      ...(SHA512.test(integrity ?? '') ? [] : [`${path}: has no SHA-512 of its bytes`]),
      ...(resolved === undefined
        ? []
        : [`${path}: says where it comes from, which only the registry of whoever installs may`]),
      ...(hasInstallScript && !Object.hasOwn(allowScripts, nameOf(path))
        ? [`${path}: runs code while it is installed, and allowScripts does not say whether it may`]
        : []),
    ];
  });
  const stale = Object.keys(allowScripts).filter((name) => !scripts.has(name));
  return [...mistakes, ...stale.map((name) => `allowScripts: ${name} runs no code while it is installed`)];
}

/** A range would let an install bring what nobody has tried. */
export function manifestMistakes(manifest: Manifest, workspaces: readonly string[] = []): string[] {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies, overrides } = manifest;
  const asked = { dependencies, devDependencies, optionalDependencies, peerDependencies, overrides };
  return Object.entries(asked).flatMap(([kind, packages = {}]) =>
    Object.entries(packages)
      .filter(([, version]) => !EXACT.test(String(version)) && !workspaces.some((path) => version === `file:${path}`))
      .map(
        ([name, version]) => `${manifest.name} ${kind}: ${name} is ${JSON.stringify(version)}, not one exact version`,
      ),
  );
}

/** Of a `requirements.txt`: `name==version`, with or without hashes. */
export function requirementMistakes(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(#|--hash=)/.test(line))
    .filter((line) => !/^[\w.-]+(\[[\w,-]+\])?==[\w.]+( *\\| *;.*)?$/.test(line))
    .map((line) => `${line}: not one exact version`);
}

/** Of what the service runs with, but for its own workspaces. */
export function licenceMistakes(lock: Lock, workspaces: readonly string[] = []): string[] {
  const others = used(lock).filter(([path]) => !workspaces.includes(path));
  const unknown = others.filter(([path, { license }]) => license === undefined && !(nameOf(path) in LICENCES_READ));
  const refused = others.filter(([, { license }]) => license !== undefined && !isAllowed(license));
  const names = new Set(others.map(([path]) => nameOf(path)));
  return [
    ...unknown.map(([path]) => `${path}: does not say its licence`),
    ...refused.map(([path, { license }]) => `${path}: ${license} is not in the list of licences`),
    ...Object.keys(LICENCES_READ).flatMap((name) => (names.has(name) ? [] : [`${name}: is not used any more`])),
  ];
}

/** An SPDX expression, as far as packages have any: all that `AND` joins, one of those that `OR` joins. */
function isAllowed(expression: string): boolean {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  if (/ OR /.test(plain)) return plain.split(' OR ').some(isAllowed);
  return plain.split(' AND ').every((licence) => LICENCES.includes(licence));
}

/** Of the packages that run: `npm sbom --omit=dev` leaves out two thirds of them (npm 11.19). */
export function productionBom<B extends Bom>(bom: B, lock: Lock, name: string): B {
  const refs = new Set(used(lock).map(([path, entry]) => refOf(path, entry)));
  const components = bom.components.filter((component) => refs.has(component['bom-ref']));
  const missing = [...refs].filter((ref) => !components.some((component) => component['bom-ref'] === ref));
  if (missing.length > 0) throw new Error(`npm has left out: ${missing.join(', ')}`);
  const root = { ...bom.metadata.component, name };
  const kept = new Set([root['bom-ref'], ...refs]);
  const dependencies = bom.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
  // npm names it after its folder.
  return { ...bom, metadata: { ...bom.metadata, component: root }, components, dependencies };
}

const refOf = (path: string, { name = nameOf(path), version }: LockEntry) => `${name}@${version}`;
