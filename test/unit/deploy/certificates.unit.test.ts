// What deploy/make-certificates.sh makes is what compose.tls.yaml mounts: of one authority, each for its name.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
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
