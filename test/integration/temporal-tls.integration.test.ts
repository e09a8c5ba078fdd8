// Temporal behind a front of TLS, as a cloud has it: with an authority of its own, with certificates for clients, and with API keys. The settings are
// those of docs/deployment.md.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { makeAuthority } from '../support/certificate.ts';
import type { Authority } from '../support/certificate.ts';
import { writtenFile } from '../support/config-fixtures.ts';
import type { Front, FrontOptions } from '../support/front.ts';
import { openFront } from '../support/front.ts';
import type { Program, Settings } from '../support/programs.ts';
import { everyOutput, npmRun } from '../support/programs.ts';
import type { Site } from '../support/site.ts';
import { openSite, probe, untilReady } from '../support/site.ts';
import { closed, smsSent, until } from '../support/waits.ts';

const KEY = 'canary-key-of-the-namespace';
const NAME = 'orders.a2dd6.tmprl.example';
/** The programs that connect: by the SDK for clients, and the worker by its native one as well. */
const AGENTS = ['grpc-node-js', 'tonic'];

describe('a Temporal behind TLS', () => {
  let site: Site;
  let own: Authority;
  let front: (options: Omit<FrontOptions, 'target' | 'certificate'>, until?: Date) => Promise<Front>;
  let trusting: Settings;
  let client: Settings;

  before(async () => {
    site = await openSite({ temporal: 'in memory', apis: [], workers: 0 });
    own = await makeAuthority();
    const { cert, key } = await own.issue({ of: 'orders' });
    trusting = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: writtenFile(own.cert), TEMPORAL_TLS_SERVER_NAME: NAME };
    client = { TEMPORAL_TLS_CLIENT_CERT_PATH: writtenFile(cert), TEMPORAL_TLS_CLIENT_KEY_PATH: writtenFile(key) };
    front = async (options, until) => {
      const certificate = await own.issue({ names: [NAME], ...(until && { until }) });
      return openFront({ target: site.temporal.address, certificate, ...options });
    };
  });
  after(() => site.close());

  const started: Program[] = [];
  async function startBoth(env: Settings) {
    const both = await Promise.all([site.startApi(env), site.startWorker(env)]);
    started.push(...both);
    return both;
  }
  // An API that a failed test left behind would keep the port from all that come after it.
  afterEach(async () => {
    for (const program of started.splice(0)) {
      if (!program.hasEnded()) program.kill();
      await program.ended();
    }
  });

  const settingsOf = ({ address }: Front, settings: Settings) => ({ TEMPORAL_ADDRESS: address, ...settings });
  const run = (script: string, settings: Settings, ...args: string[]): Program =>
    npmRun(script, { ...site.settings, ...settings }, ...args);

  const WAYS: Readonly<
    Record<string, () => [Omit<FrontOptions, 'target' | 'certificate'>, Settings, Partial<Front['passed'][number]>]>
  > = {
    'of an authority of one’s own': () => [{}, trusting, { client: null, withKey: false }],
    'that asks for a client certificate': () => [
      { clientAuthority: own.cert },
      { ...trusting, ...client },
      { client: 'orders' },
    ],
    'that asks for an API key': () => [
      { apiKey: KEY },
      { ...trusting, TEMPORAL_API_KEY_FILE: writtenFile(`${KEY}\n`) },
      { withKey: true },
    ],
  };

  for (const [what, way] of Object.entries(WAYS)) {
    it(`${what} is set up, runs an order, and is found right by the doctor`, async () => {
      const [options, settings, seen] = way();
      await using opened = await front(options);
      const env = settingsOf(opened, settings);
      const setup = run('setup:temporal', env);
      assert.deepEqual([await setup.ended(), setup.stderr()], [0, '']);
      const [api, worker] = await startBoth(env);
      await untilReady(api, worker);
      const reference = `by tls ${Object.keys(WAYS).indexOf(what)}`;
      const { status, body } = await api.post(reference);
      assert.equal(status, 202);
      await api.see(body.id, 'the SMS', smsSent);
      site.simulator.confirm(reference);
      assert.equal((await api.see(body.id, 'the end', closed)).status, 'confirmed');
      const doctor = run('ops', env, 'doctor', '--json');
      await doctor.ended();
      assert.match(doctor.stdout(), /"what":"Temporal","is":"right"/);
      for (const program of [api, worker]) program.terminate();
      for (const program of [api, worker]) assert.deepEqual([await program.ended(), program.stderr()], [0, '']);
      for (const agent of AGENTS)
        assert.ok(
          opened.passed.some((call) => call.agent.includes(agent)),
          agent,
        );
      for (const call of opened.passed) assert.deepEqual({ ...call, ...seen }, call);
      assert.ok(opened.passed.length > 20);
      assert.equal(opened.refused(), 0);
    });
  }

  const HOUR_AGO = new Date(Date.now() - 3_600_000);
  const WRONG: Readonly<
    Record<
      string,
      () => { options?: Omit<FrontOptions, 'target' | 'certificate'>; until?: Date; settings: Settings; says: RegExp }
    >
  > = {
    'another API key': () => ({
      options: { apiKey: KEY },
      settings: { ...trusting, TEMPORAL_API_KEY: `${KEY}x` },
      says: /does not take our credentials.*TEMPORAL_API_KEY/,
    }),
    'no client certificate': () => ({
      options: { clientAuthority: own.cert },
      settings: trusting,
      says: /client certificate.*TEMPORAL_TLS_CLIENT_CERT_PATH/,
    }),
    'a certificate that has expired': () => ({ until: HOUR_AGO, settings: trusting, says: /has expired/ }),
    'another name': () => ({
      settings: { ...trusting, TEMPORAL_TLS_SERVER_NAME: 'orders.example' },
      says: /another name.*TEMPORAL_TLS_SERVER_NAME/,
    }),
    'no authority': () => ({
      settings: { TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_NAME: NAME },
      says: /not trusted here\. TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
    }),
  };

  for (const [what, wrong] of Object.entries(WRONG)) {
    it(`with ${what} keeps no process: each ends, and says what is wrong`, async () => {
      const { options = {}, until, settings, says } = wrong();
      await using opened = await front(options, until);
      const env = settingsOf(opened, settings);
      const doctor = run('ops', env, 'doctor', '--json');
      const programs = [...(await startBoth(env)), run('setup:temporal', env), run('ops', env, 'list')];
      for (const program of programs) {
        assert.equal(await program.ended(), 1, program.script);
        assert.match(program.stderr(), says, program.script);
        assert.equal(program.stderr().trim().split('\n').length, 1, program.stderr());
      }
      assert.equal(await doctor.ended(), 1);
      const [temporal] = doctor
        .stdout()
        .split('\n')
        .map((line) => JSON.parse(line || '{}') as Record<string, string>)
        .filter((line) => line['what'] === 'Temporal');
      assert.deepEqual(
        [temporal?.['is'], says.test(temporal?.['says'] ?? '')],
        ['wrong', true],
        JSON.stringify(temporal),
      );
    });
  }

  it('that is spoken to without TLS is waited for, since it may only be away, and the log says what it may be', async () => {
    await using opened = await front({});
    const env = settingsOf(opened, {});
    const [api, worker] = await startBoth(env);
    for (const program of [api, worker]) {
      const line = await until('a line', () =>
        program
          .stdout()
          .split('\n')
          .find((text) => text.includes('"trouble":"dropped"')),
      );
      assert.match(line, /TEMPORAL_TLS=true/);
      assert.equal(await probe(program, '/readyz'), 503);
      program.terminate();
      assert.equal(await program.ended(), 0);
    }
  });

  it('has its secrets in no output of any of them', () => {
    const { stdout, stderr } = everyOutput();
    assert.ok(stdout.length > 1_000 && stderr.length > 500);
    for (const secret of [KEY, 'PRIVATE KEY']) assert.ok(!`${stdout}${stderr}`.includes(secret), secret);
  });
});
