// Digests tell whether two texts are the same, to nobody but those who have the key.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type { PayloadKey } from '../../../src/config/model.ts';
import { personalDigest, personalDigests, requestDigest } from '../../../src/temporal/keyed-digests.ts';

const CANARY = 'Xochiquetzal';
const OLD: PayloadKey = { id: 'old', key: randomBytes(32) };
const NEW: PayloadKey = { id: 'new', key: randomBytes(32) };

describe('the digest of a request', () => {
  it('is the same for the same text and key, and another one for any other', () => {
    const digest = requestDigest(CANARY, [NEW]);
    assert.match(digest ?? '', /^new:[0-9a-f]{64}$/);
    assert.equal(requestDigest(CANARY, [NEW, OLD]), digest);
    assert.notEqual(requestDigest(`${CANARY} `, [NEW]), digest);
    assert.notEqual(requestDigest(CANARY, [{ ...NEW, key: randomBytes(32) }]), digest);
  });

  it('can be made again after its key is no longer the first one', () => {
    const before = requestDigest(CANARY, [OLD]);
    assert.equal(requestDigest(CANARY, [NEW, OLD], 'old'), before);
    assert.notEqual(requestDigest(CANARY, [NEW, OLD]), before);
  });

  it('is null where its key is gone', () => {
    assert.equal(requestDigest(CANARY, [NEW], 'old'), null);
    assert.equal(requestDigest(CANARY, null, 'old'), null);
  });

  it('exists without encryption, too, and can be made again after encryption was switched on', () => {
    const before = requestDigest(CANARY, null);
    assert.match(before ?? '', /^-:[0-9a-f]{64}$/);
    assert.equal(requestDigest(CANARY, [NEW], '-'), before);
  });

  it('is made with a key of its own, not with the one that encrypts', () => {
    const direct = createHmac('sha256', NEW.key).update(CANARY).digest('hex');
    assert.notEqual(requestDigest(CANARY, [NEW]), `new:${direct}`);
  });
});

describe('the digest of a phone or document number', () => {
  it('is short, and another one for any other number, kind of number or key', () => {
    const digest = personalDigest('phone', CANARY, [NEW, OLD]);
    assert.match(digest, /^new:[0-9a-f]{32}$/);
    assert.equal(personalDigest('phone', CANARY, [NEW]), digest);
    assert.notEqual(personalDigest('phone', `${CANARY}1`, [NEW]), digest);
    assert.notEqual(personalDigest('document', CANARY, [NEW]), digest);
    assert.notEqual(personalDigest('phone', CANARY, [{ ...NEW, key: randomBytes(32) }]), digest);
    assert.notEqual(requestDigest(CANARY, [NEW])?.startsWith(digest), true);
  });

  it('is looked for with every key, and as it was made while encryption was off', () => {
    assert.deepEqual(personalDigests('document', CANARY, [NEW, OLD]), [
      personalDigest('document', CANARY, [NEW]),
      personalDigest('document', CANARY, [OLD]),
      personalDigest('document', CANARY, null),
    ]);
    assert.deepEqual(personalDigests('phone', CANARY, null), [personalDigest('phone', CANARY, null)]);
  });
});
