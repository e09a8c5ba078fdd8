// `npm run sbom`: writes dist/sbom.cdx.json, the packages that the service runs with, as CycloneDX has them. The image has it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bom, Lock, Manifest } from './packages.ts';
import { productionBom } from './packages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));

const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'];
const whole = JSON.parse(execFileSync('npm', args, { cwd: root, maxBuffer: 2 ** 26, encoding: 'utf8' })) as Bom;
const { name } = read('package.json') as Manifest;
const bom = productionBom(whole, read('package-lock.json') as Lock, name);
const file = join(root, 'dist', 'sbom.cdx.json');
mkdirSync(join(root, 'dist'), { recursive: true });
writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
console.log(`${file}: ${bom.components.length} packages`);
