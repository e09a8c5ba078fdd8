// `npm run generators`: clients that other people's tools make from the OpenAPI document compile, and place an order at the whole service.
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { API_KEY } from '../support/canaries.ts';
import { idOf, orderRequest } from '../support/orders.ts';
import { pythonPrograms } from '../support/python.ts';
import { startService } from '../support/service.ts';

type Command = [program: string, ...words: string[]];
/** Commands run in the tool's own folder, one after the other; the last one is the till. */
type Tool = { till: string; commands: Command[] };

const here = fileURLToPath(new URL('.', import.meta.url));
const document = fileURLToPath(new URL('../../docs/reference/openapi.json', import.meta.url));
/** Without webhooks: what openapi-generator writes for those does not compile. */
const paths = fileURLToPath(new URL('../../.cache/generators/paths.json', import.meta.url));
const folder = fileURLToPath(new URL('../../.cache/generators', import.meta.url));
const python = pythonPrograms('generators/python', join(here, 'requirements.txt'));
const packages = join(folder, 'packages');
const bin = join(packages, 'node_modules', '.bin');

const words = (text: string) => text.split(' ');
const GENERATE = join(python, 'openapi-generator-cli');
const COMPILE_PYTHON: Command = [join(python, 'python'), '-m', 'compileall', '-q', '.'];
const COMPILE_TYPESCRIPT = (till: string): Command => [
  join(bin, 'tsc'),
  ...words('--strict --skipLibCheck --target es2022 --lib es2022,dom,dom.iterable --module esnext'),
  ...words('--moduleResolution bundler --rootDir . --outDir compiled --types node --typeRoots'),
  fileURLToPath(new URL('../../node_modules/@types', import.meta.url)),
  till,
];

const TOOLS: Record<string, Tool> = {
  'openapi-python-client': {
    till: 'openapi_python_client.py',
    commands: [
      [join(python, 'openapi-python-client'), ...words('generate --meta none --output-path written --path'), document],
      COMPILE_PYTHON,
      [join(python, 'python'), 'openapi_python_client.py'],
    ],
  },
  'openapi-generator, Python': {
    till: 'openapi_generator_python.py',
    commands: [
      [GENERATE, ...words('generate --generator-name python --output . --input-spec'), paths],
      COMPILE_PYTHON,
      [join(python, 'python'), 'openapi_generator_python.py'],
    ],
  },
  'openapi-generator, TypeScript': {
    till: 'openapi-generator-typescript.ts',
    commands: [
      [
        GENERATE,
        ...words('generate --generator-name typescript-fetch --additional-properties importFileExtension=.js'),
        ...words('--output written --input-spec'),
        paths,
      ],
      COMPILE_TYPESCRIPT('openapi-generator-typescript.ts'),
      [process.execPath, 'compiled/openapi-generator-typescript.js'],
    ],
  },
  'hey-api': {
    till: 'hey-api.ts',
    commands: [
      [join(bin, 'openapi-ts'), '--input', document, '--output', 'written'],
      COMPILE_TYPESCRIPT('hey-api.ts'),
      [process.execPath, 'compiled/hey-api.js'],
    ],
  },
};

function installPackages(): void {
  mkdirSync(packages, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(here, file), join(packages, file));
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], {
    cwd: packages,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('The packages of test/generators were not installed.');
}

installPackages();
writeFileSync(paths, JSON.stringify({ ...JSON.parse(readFileSync(document, 'utf8')), webhooks: undefined }));
const run = promisify(execFile);
const service = await startService();
let failed = 0;
for (const [name, { till, commands }] of Object.entries(TOOLS)) {
  const reference = `made by ${name}`;
  const cwd = join(folder, name.replaceAll(/\W+/g, '-'));
  rmSync(cwd, { recursive: true, force: true });
  mkdirSync(cwd);
  cpSync(join(here, 'tills', till), join(cwd, till));
  const env = {
    ...process.env,
    PATH: `${python}:${process.env['PATH']}`,
    API_URL: service.api.url,
    API_KEY,
    ORDER: JSON.stringify(orderRequest({ reference })),
  };
  try {
    let said = '';
    for (const [program, ...words] of commands) said = (await run(program, words, { cwd, env })).stdout.trim();
    const wanted = `${idOf(reference)} awaiting_customer`;
    if (said !== wanted) throw new Error(`its till says ${JSON.stringify(said)}, not ${JSON.stringify(wanted)}`);
    if (service.simulator.ledger.orders(reference).length !== 1) throw new Error('seQura has no such order');
    console.log(`✔ ${name} places an order`);
  } catch (error) {
    failed += 1;
    const { message, stdout = '' } = error as Error & { stdout?: string };
    console.log(`✖ ${name}: ${message}\n${stdout}`);
  }
}
await service.close();
process.exitCode = failed === 0 ? 0 : 1;
