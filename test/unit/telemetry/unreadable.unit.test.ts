// What a process cannot read is counted in full, and logged by order and key, but not so often that one merchant fills the log.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRegistry } from '../../../src/telemetry/metrics.ts';
import { unreadableWatch } from '../../../src/telemetry/unreadable.ts';

type Line = Record<string, unknown>;

function watching() {
  const lines: Line[] = [];
  let now = 1_000_000;
  const registry = createRegistry();
  const watch = unreadableWatch(registry, { warn: (line: unknown) => void lines.push(line as Line) }, () => now);
  return { lines, registry, watch, pass: (ms: number) => (now += ms) };
}

describe('payloads that cannot be read', () => {
  const of = (merchant: string, number: number) => ({
    reason: 'missing_key' as const,
    keyId: 'old',
    workflowId: `order:${merchant}:${number}`,
  });

  it('are named by order and key', () => {
    const { lines, watch } = watching();
    watch(of('merchant_1', 1));
    assert.deepEqual(lines, [{ id: 'order:merchant_1:1', key_id: 'old', reason: 'missing_key' }]);
  });

  it('of one merchant leave room for those of another, and are counted all the same', async () => {
    const { lines, registry, watch } = watching();
    for (let number = 0; number < 1_000; number += 1) watch(of('neighbour', number));
    watch(of('merchant_1', 1));
    assert.equal(lines.filter(({ id }) => String(id).includes('neighbour')).length, 5);
    assert.deepEqual(lines.at(-1), { id: 'order:merchant_1:1', key_id: 'old', reason: 'missing_key', left_out: 995 });
    assert.match(await registry.metrics(), /^payloads_unreadable_total\{reason="missing_key"\} 1001$/m);
  });

  it('are bounded over all merchants, and logged again after a minute', () => {
    const { lines, watch, pass } = watching();
    for (let number = 0; number < 1_000; number += 1) watch(of(`merchant_${number}`, 1));
    assert.equal(lines.length, 50);
    pass(60_000);
    watch(of('merchant_1', 1));
    assert.equal(lines.length, 51);
    assert.equal(lines.at(-1)?.['left_out'], 950);
  });
});
