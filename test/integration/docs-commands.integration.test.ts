// Every command that a document shows runs: against a service and a Temporal server, with the real `temporal`, `curl` and `jq`; of what would need a
// container, a cluster or a registry, what it is called with is held against the files of the repository. A program that is not known here is not found.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { codecRoutes } from '../../src/admin/codec-routes.ts';
import { createPeople } from '../../src/admin/people.ts';
import { findTemporalCli } from '../../src/dev/temporal.ts';
import { createPeoplesCodec } from '../../src/temporal/codec.ts';
import { openAdmin } from '../support/admin.ts';
import { API_KEY, PAYLOAD_KEYS } from '../support/canaries.ts';
import { idOf, orderPolicy, orderRequest } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman } from '../support/waits.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Run as they are. What else a block calls is not found, and fails. */
const TOOLS = ['base64', 'cat', 'curl', 'date', 'grep', 'head', 'jq', 'sed', 'sh', 'sleep', 'sort', 'tee'];
const SCRIPTS = ['deploy/make-secrets.sh', 'deploy/make-certificates.sh'];
/** Only noted, and checked. */
const NOTED = ['docker', 'npm', 'kubectl', 'apt-get', 'go', ...SCRIPTS];
/** Run by `moving-over.integration.test.ts`. */
const ELSEWHERE = ['docs/event-names.md'];

/** The program that docs/performance.md builds a server with, and what it installs before. */
const FOR_DEVELOPERS = new Set(['apt-get install postgresql', ...['server', 'tools/sql'].map(serverPart)]);
function serverPart(name: string): string {
  return `go install go.temporal.io/server/cmd/${name}@v1.32.0`;
}

type Page = { page: string; blocks: string[]; inline: string[][] };

/** `ops-docs.integration.test.ts` runs these, and `deployments.integration.test.ts`. */
const RUN_ELSEWHERE = /^ *temporal (?:orders|worker deployment) .*\n?/gm;

function pages(): Page[] {
  return globSync(['README.md', 'docs/**/*.md'], { cwd: ROOT })
    .filter((page) => !page.startsWith('docs/decisions/'))
    .toSorted()
    .map((page) => {
      const written = read(page);
      const fenced = [...written.matchAll(/^( *)(?:\d+\. |- )?```(\w+)\n([^]*?)^ *```$/gm)];
      const blocks = fenced.flatMap(([, , language = '', code = '']) => {
        assert.ok(!['bash', 'shell', 'zsh'].includes(language), `${page}: a block of commands is marked sh or console`);
        if (language === 'console') return [typed(code)];
        return language === 'sh' ? [code] : [];
      });
      const inline = [...written.matchAll(/`((?:docker compose|npm run|npm test|kubectl) [^`\n…]+)`/g)].map(
        ([, line = '']) => line.split(' '),
      );
      return { page, blocks: blocks.map(asRun).filter((block) => block.trim() !== ''), inline };
    });
}

function typed(session: string): string {
  const lines = session.split('\n').filter((line) => line.startsWith('$ '));
  return lines
    .map((line) => line.slice(2))
    .filter((line) => !line.startsWith('cat '))
    .join('\n');
}

/** What later blocks of a page may use. */
const KEPT = /^ *(?:(?:export )?[A-Z]\w*=|\w+\(\) \{).*\n/gm;

/** A stream that is followed for a while is cut off: 28. */
const asRun = (block: string) =>
  block.replaceAll(RUN_ELSEWHERE, '').replaceAll(/^ *curl .*--max-time .*$/gm, (line) => `${line} || test $? = 28`);

// What is only noted

type Compose = { services: Record<string, { profiles?: string[] }> };
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
const programs = Object.keys((JSON.parse(read('package.json')) as { bin: Record<string, string> }).bin);
const deployments = globSync('deploy/kubernetes/**/*.yaml', { cwd: ROOT }).flatMap((file) =>
  parseAllDocuments(read(file)).flatMap((document) => {
    const { kind, metadata } = document.toJS() as { kind?: string; metadata?: { name: string } };
    return kind === 'Deployment' ? [metadata?.name] : [];
  }),
);

const COMPOSE_FLAGS: Record<string, readonly string[]> = {
  up: ['-d', '--wait', '--scale'],
  down: ['--volumes'],
  build: [],
  config: ['--lock-image-digests'],
  images: [],
  stop: [],
  restart: [],
  run: ['--rm', '--no-deps', '-T', '-e', '--entrypoint'],
  exec: ['-T'],
  logs: ['--since', '-f'],
  ps: ['-a'],
};
const WITH_VALUE = ['--scale', '-e', '--since', '--entrypoint'];

/** What is wrong with it; null where nothing is. */
const CHECKS: Record<string, (args: string[]) => string | null> = {
  docker([first, ...rest]) {
    if (first === 'build' || first === 'pull') return null;
    if (first !== 'compose') return `docker ${first}`;
    const profiles = Object.values(compose.services).flatMap((service) => service.profiles ?? []);
    while (rest[0] === '--profile' || rest[0] === '-f') {
      const [flag, value = ''] = rest.splice(0, 2);
      if (flag === '--profile' && !profiles.includes(value)) return `there is no profile ${value}`;
    }
    const [command = '', ...args] = rest;
    const flags = COMPOSE_FLAGS[command];
    if (flags === undefined) return `docker compose ${command} is not known here`;
    const named: string[] = [];
    while (args.length > 0) {
      const [arg = ''] = args.splice(0, 1);
      if (!arg.startsWith('-')) {
        named.push(arg);
        if (command === 'run' || command === 'exec') break;
      } else if (!flags.includes(arg)) return `docker compose ${command} ${arg}`;
      else if (WITH_VALUE.includes(arg)) args.splice(0, 1);
    }
    const unknown = named.find((name) => !(name in compose.services));
    if (unknown !== undefined) return `there is no service ${unknown}`;
    const [inside] = args;
    const isOurs = inside === undefined || named[0] !== 'api' || [...programs, 'cat'].includes(inside);
    return isOurs ? null : `the image has no program ${inside}`;
  },
  npm([command = '', ...args]) {
    if (command === 'link' || command === 'ci' || command === 'install') return null;
    const script = command === 'run' ? args.shift() : command;
    if (script === undefined || !(script in scripts)) return `there is no script ${script}`;
    if (script !== 'test') return null;
    const tiers = args.slice(args.indexOf('--') + 1).filter((arg) => /^[a-z]/.test(arg));
    return tiers.find((tier) => !existsSync(join(ROOT, 'test', tier)) && !existsSync(join(ROOT, tier))) ?? null;
  },
  kubectl(args) {
    const words = args.filter((_, index) => args[index] !== '-n' && args[index - 1] !== '-n');
    const unknown = words
      .flatMap((word) => /^deploy(?:ment)?\/([\w-]+)$/.exec(word)?.[1] ?? [])
      .find((name) => !deployments.includes(name));
    if (unknown !== undefined) return `there is no deployment ${unknown}`;
    const at = words.findIndex((word) => word === '-k' || word === 'kustomize');
    const folder = words[at + 1];
    if (at >= 0 && folder !== undefined && !existsSync(join(ROOT, folder, 'kustomization.yaml')))
      return `there is no ${folder}`;
    return ['create', 'apply', 'rollout', 'logs', 'exec', 'kustomize'].includes(words[0] ?? '')
      ? null
      : `kubectl ${words[0]}`;
  },
  ...Object.fromEntries(
    SCRIPTS.map((script) => [script, () => (existsSync(join(ROOT, script)) ? null : 'it is not there')]),
  ),
};

function wrongWith([program = '', ...args]: string[]): string | null {
  if (FOR_DEVELOPERS.has([program, ...args].join(' '))) return null;
  const check = CHECKS[program];
  return check === undefined ? `${program} ${args.join(' ')} is not known here` : check(args);
}

const FIELD = '\u001F';
const RECORD = '\u001E';

describe('the commands of the documents', () => {
  let service: Service;
  let stop: () => Promise<unknown>;
  let scratch: string;
  let temporal: string;
  let places: [string, string][];
  before(async () => {
    service = await startService();
    const admin = await openAdmin({
      routes: codecRoutes({
        codec: createPeoplesCodec(PAYLOAD_KEYS),
        origins: [],
        people: createPeople(null),
        decoded: () => {},
      }),
    });
    stop = async () => {
      await admin.close();
      await service.close();
    };
    temporal = await findTemporalCli(() => {});
    scratch = mkdtempSync(join(tmpdir(), 'documents-'));
    places = [
      ['http://127.0.0.1:3000', service.api.url],
      ['http://127.0.0.1:3001', admin.url],
      ['http://127.0.0.1:3002', admin.url],
      ['http://127.0.0.1:4000', service.simulator.url],
      ['https://orders.example', service.api.url],
      ['127.0.0.1:7233', service.address],
      ['dev-key', API_KEY],
    ];
  });
  after(async () => {
    rmSync(scratch, { recursive: true });
    await stop();
  });

  /** Where a page begins: an empty folder with what the documents say is there, and programs of which none is a surprise. */
  function openFolder(page: string): { folder: string; noted: () => string[][] } {
    const folder = mkdtempSync(join(scratch, 'page-'));
    const notes = join(folder, 'noted');
    const note = `#!/bin/sh\nprintf '%s\\037' "$NAME" "$@" >>'${notes}'\nprintf '\\036' >>'${notes}'\n`;
    const put = (path: string, content: string, mode = 0o600) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content, { mode });
    };
    for (const name of NOTED) put(name.includes('/') ? name : `bin/${name}`, note.replace('$NAME', name), 0o755);
    for (const tool of TOOLS) {
      const path = ['/usr/bin', '/bin', '/usr/local/bin'].map((at) => join(at, tool)).find((at) => existsSync(at));
      assert.ok(path !== undefined, `${tool} is needed for ${page}`);
      symlinkSync(path, join(folder, 'bin', tool));
    }
    symlinkSync(temporal, join(folder, 'bin', 'temporal'));
    put('deploy/secrets/payload_keys', 'k1:secret');
    put('deploy/secrets/merchant_1_webhook_token', 'token');
    put('orders.csv', 'merchant,reference,sequra_order_id,state\n');
    put('backup.tar', '');
    put('.data/service.log', '{"level":"info","id":"order:merchant_1:pos_1234"}\n');
    const noted = () =>
      existsSync(notes)
        ? readFileSync(notes, 'utf8')
            .split(RECORD)
            .filter((record) => record !== '')
            .map((record) => record.split(FIELD).slice(0, -1))
        : [];
    return { folder, noted };
  }

  async function run(folder: string, script: string) {
    const child = spawn('/bin/sh', ['-e'], {
      cwd: folder,
      env: { PATH: join(folder, 'bin'), HOME: folder, TEMPORAL_ADDRESS: service.address },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.end(places.reduce((filled, [from, to]) => filled.replaceAll(from, to), script));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, stdout, stderr };
  }

  /** The order that docs/operations.md asks and answers by name, however often it is answered. */
  async function plant(): Promise<void> {
    service.simulator.faults.set('pos_1234', 'create', { kind: 'cut_body', times: 9 });
    const request = orderRequest({ reference: 'pos_1234' });
    await service.orders.place({ request, policy: orderPolicy(), currency: 'EUR', confirmWithinSeconds: undefined });
  }

  it('are many', () => {
    assert.ok(pages().flatMap(({ blocks }) => blocks).length >= 40);
    assert.ok(pages().flatMap(({ inline }) => inline).length >= 20);
  });

  it('are refused where a program, a script, a service or a deployment is not there', () => {
    for (const line of [
      'docker compose restart apis',
      'docker compose --profile all up -d',
      'docker compose up --detached',
      'docker compose exec api temporal-order list',
      'npm run chaoss',
      'npm test -- units',
      'kubectl rollout status deployment/web',
      'kubectl apply -k deploy/kubernetes/overlays/none',
      'helm install',
    ])
      assert.notEqual(wrongWith(line.split(' ')), null, line);
  });

  for (const { page, blocks, inline } of pages()) {
    if (ELSEWHERE.includes(page) || blocks.length + inline.length === 0) continue;
    it(page, async () => {
      if (page === 'docs/operations.md') await plant();
      const { folder, noted } = openFolder(page);
      let known = '';
      for (const block of blocks) {
        if (block.includes('"$BODY"')) await service.see(idOf('pos_1234'), 'the question', asksHuman);
        const { code, stdout, stderr } = await run(folder, known + block);
        assert.equal(code, 0, `${block}\n${stdout}\n${stderr}`);
        assert.doesNotMatch(stderr, /not found|rror:|unknown flag|compile error/, `${block}\n${stderr}`);
        assert.doesNotMatch(stdout, /"status": ?5\d\d/, `${block}\n${stdout}`);
        known += (block.match(KEPT) ?? []).join('');
      }
      assert.deepEqual(
        [...inline, ...noted()].map(wrongWith).filter((wrong) => wrong !== null),
        [],
      );
    });
  }
});
