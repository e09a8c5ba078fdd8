// What the scripts of deploy/ make: certificates as compose.tls.yaml mounts them, of one authority, each for its name; and secrets.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const compose = parse(readFileSync(join(root, 'compose.tls.yaml'), 'utf8'), { logLevel: 'silent' }) as {
  services: Record<string, object>;
  secrets: Record<string, { file: string }>;
};
const files = Object.values(compose.secrets).map(({ file }) => file.split('/').at(-1) ?? file);

/** A machine that only develops may lack it. */
const skip = spawnSync('openssl', ['version']).status !== 0 && 'openssl is not here';

describe('the certificates', { skip }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'certificates-'));
  const make = () => execFileSync(join(root, 'deploy', 'make-certificates.sh'), [dir], { stdio: 'pipe' });
  const read = (file: string) => readFileSync(join(dir, file));
  before(make);
  after(() => rmSync(dir, { recursive: true }));

  it('are all that the compose file mounts, and the key of the authority, which nobody else reads', () => {
    assert.deepEqual(readdirSync(dir).toSorted(), [...files, 'authority.key'].toSorted());
    const modeOf = (file: string) => statSync(join(dir, file)).mode & 0o777;
    assert.deepEqual([modeOf('authority.key'), modeOf('.')], [0o600, 0o700]);
    for (const file of files) assert.equal(modeOf(file), 0o644, file);
  });

  it('are of the authority, for the name of their service, and good for a year', () => {
    const authority = new X509Certificate(read('authority.pem'));
    assert.ok(authority.ca);
    for (const file of files.filter((name) => name.endsWith('.pem') && name !== 'authority.pem')) {
      const [name = ''] = file.split('.');
      const certificate = new X509Certificate(read(file));
      assert.ok(certificate.verify(authority.publicKey), name);
      assert.ok(certificate.checkPrivateKey(createPrivateKey(read(`${name}.key`))), name);
      assert.equal(certificate.checkHost(name), name);
      assert.ok(Object.hasOwn(compose.services, name) || name === 'orders', name);
      assert.equal(certificate.ca, false);
      assert.ok(certificate.validToDate.getTime() - Date.now() > 365 * 86_400_000, name);
    }
  });

  it('stay as they are when the script runs again, and one that was deleted is made anew', () => {
    const kept = files.map((file) => [file, read(file).toString()] as const);
    rmSync(join(dir, 'api.pem'));
    make();
    const changed = kept.filter(([file, text]) => read(file).toString() !== text).map(([file]) => file);
    assert.deepEqual(changed.toSorted(), ['api.key', 'api.pem']);
  });
});

it('the secrets of the compose file are random, shown once, and kept of API keys as their digest', () => {
  const dir = mkdtempSync(join(tmpdir(), 'secrets-'));
  try {
    const make = () =>
      execFileSync(join(root, 'deploy', 'make-secrets.sh'), [dir], { stdio: 'pipe', encoding: 'utf8' });
    const keys = [...make().matchAll(/^API key of [\w-]+: (\S+)$/gm)].map(([, key = '']) => key);
    const merchants = readFileSync(join(dir, 'merchants.json'), 'utf8');
    assert.equal(keys.length, 2);
    for (const key of keys) {
      assert.equal(Buffer.from(key, 'base64url').length, 32);
      assert.ok(!merchants.includes(key));
      assert.ok(merchants.includes(createHash('sha256').update(key).digest('hex')));
    }
    const values = readdirSync(dir).filter((name) => name !== 'merchants.json');
    const texts = values.map((name) => readFileSync(join(dir, name), 'utf8').trim());
    assert.equal(new Set([...keys, ...texts]).size, keys.length + values.length);
    for (const value of texts) assert.ok(Buffer.from(value.replace(/^k1:/, ''), 'base64').length >= 32);
    assert.equal(statSync(dir).mode & 0o777, 0o700);
    assert.equal(make(), '');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

it('Prometheus scrapes the same behind TLS as without', () => {
  type Config = { scrape_configs: { job_name: string; metrics_path?: string; scheme?: string }[] };
  const read = (file: string) => parse(readFileSync(join(root, 'deploy', file), 'utf8')) as Config;
  const jobs = ({ scrape_configs }: Config) =>
    scrape_configs.map(({ job_name, metrics_path }) => [job_name, metrics_path]);
  const behindTls = read('tls/prometheus.yaml');
  assert.deepEqual(jobs(behindTls), jobs(read('monitoring/prometheus.yaml')));
  for (const { job_name: name, scheme } of behindTls.scrape_configs)
    assert.equal(scheme, name === 'worker' ? undefined : 'https');
});

it('Prometheus calls each process of the compose file that listens for it, by a name that this one answers to', () => {
  type Service = { environment?: { ADMIN_HOST?: string; ADMIN_HOSTS?: string } };
  const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };
  const listening = Object.entries(services).filter(([, { environment }]) => environment?.ADMIN_HOST === '0.0.0.0');
  assert.deepEqual(
    listening.filter(([name, { environment }]) => environment?.ADMIN_HOSTS?.split(',').includes(name) !== true),
    [],
  );
  const { scrape_configs: jobs } = parse(readFileSync(join(root, 'deploy/monitoring/prometheus.yaml'), 'utf8')) as {
    scrape_configs: { static_configs: { targets: string[] }[] }[];
  };
  const targets = jobs.flatMap(({ static_configs: all }) => all.flatMap((one) => one.targets));
  const called = new Set(targets.map((target) => target.split(':')[0] ?? ''));
  assert.deepEqual([...called].toSorted(), listening.map(([name]) => name).toSorted());
});
