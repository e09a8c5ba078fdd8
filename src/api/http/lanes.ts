// The time of this process is shared out among callers: the lane that has taken least of it has the next step, so whoever sends much, on however
// many connections, delays what is in its own lane. What a lane has under way, and what is not read of its answers, is weighed.
import type { Response } from 'express';
import { shelve } from './pipelining.ts';
import { beforeHead } from './uploads.ts';

export type Lanes = {
  /** Once for each request. It is not answered, and its connection closed, where the lane has too much under way. */
  enter(lane: string, res: Response): Place;
};

export type Place = {
  /** Resolves when it is the turn of this lane, and of this request in it; never where its caller has gone meanwhile. */
  step(): Promise<void>;
  /** Its body is not kept any more. */
  bodyRead(): void;
  /** It waits: how many may is limited for each key. */
  waits(): void;
  /** What of its answer, which is sent in pieces, has not been sent for a while. */
  unsent(bytes: number): void;
};

export type LaneLimits = { underWayBytes: number; unsentBytes: number };

/** Of one lane; and of all of them, where the lane that has most gives way. */
const LIMITS: LaneLimits = { underWayBytes: 32 * 2 ** 20, unsentBytes: 64 * 2 ** 20 };
/** What a request takes beside its text. */
const REQUEST_BYTES = 10 * 1024;
/** So that the largest number of waiting answers that a key may have has room in its lane. */
const WAITING_BYTES = 300;
/** The largest that is read. */
const BODY_BYTES = 100 * 1024;

const NO_PLACE: Place = { step: () => new Promise(() => {}), bodyRead() {}, waits() {}, unsent() {} };

/** Then it is looked at what has come in meanwhile. */
const SERVED_AT_ONCE_MS = 2;

type Lane = {
  underWay: number;
  /** What its steps have taken, beginning with as much as others had then. */
  spentMs: number;
  waiting: Map<Response, () => void>;
  unsent: Map<Response, number>;
  unsentBytes: number;
};

export function createLanes({ underWayBytes, unsentBytes }: LaneLimits = LIMITS): Lanes {
  const lanes = new Map<string, Lane>();
  let serving = false;
  /** What the lane had that was served last: who begins to wait has no credit from before. */
  let spentMs = 0;
  let allUnsent = 0;

  async function serve(): Promise<void> {
    const beganMs = performance.now();
    let nowMs = beganMs;
    let lane = nextLane();
    for (; lane !== undefined && nowMs - beganMs < SERVED_AT_ONCE_MS; lane = nextLane()) {
      const [first] = lane.waiting;
      if (first === undefined) break;
      const [res, begin] = first;
      lane.waiting.delete(res);
      spentMs = lane.spentMs;
      begin();
      // It goes on here when that step waits for something.
      await Promise.resolve();
      const fromMs = nowMs;
      nowMs = performance.now();
      lane.spentMs += nowMs - fromMs;
    }
    serving = lane !== undefined;
    if (serving) setImmediate(() => void serve());
  }

  function nextLane(): Lane | undefined {
    let least: Lane | undefined;
    for (const lane of lanes.values())
      if (lane.waiting.size > 0 && lane.spentMs < (least?.spentMs ?? Infinity)) least = lane;
    return least;
  }

  function weigh(lane: Lane, res: Response, bytes: number): void {
    const more = bytes - (lane.unsent.get(res) ?? 0);
    if (bytes > 0) lane.unsent.set(res, bytes);
    else lane.unsent.delete(res);
    lane.unsentBytes += more;
    allUnsent += more;
  }

  function mindUnsent(lane: Lane, res: Response, bytes: number): void {
    weigh(lane, res, bytes);
    while (allUnsent > unsentBytes) {
      const largest = [...lanes.values()].reduce((most, one) => (one.unsentBytes > most.unsentBytes ? one : most));
      const [oldest] = largest.unsent.keys();
      if (oldest === undefined) return;
      weigh(largest, oldest, 0);
      oldest.req.socket.destroy();
    }
  }

  return {
    enter(name, res) {
      const lane = lanes.get(name) ?? { underWay: 0, spentMs, waiting: new Map(), unsent: new Map(), unsentBytes: 0 };
      let bytes = REQUEST_BYTES + headBytes(res) + bodyBytes(res);
      if (lane.underWay + bytes > underWayBytes) {
        shelve(res.req.socket);
        return NO_PLACE;
      }
      lanes.set(name, lane);
      lane.underWay += bytes;
      const nowWeighs = (itsBytes: number) => {
        lane.underWay -= bytes - itsBytes;
        bytes = itsBytes;
      };
      const allSent = () => weigh(lane, res, 0);
      beforeHead(res, () => mindUnsent(lane, res, Number(res.getHeader('content-length') ?? 0)));
      res.once('finish', allSent);
      res.once('close', () => {
        lane.underWay -= bytes;
        lane.waiting.delete(res);
        allSent();
        if (lane.underWay === 0) lanes.delete(name);
      });
      return {
        step: () =>
          new Promise((resolve) => {
            if (res.destroyed) return;
            if (lane.waiting.size === 0) lane.spentMs = Math.max(lane.spentMs, spentMs);
            lane.waiting.set(res, resolve);
            if (serving) return;
            serving = true;
            setImmediate(() => void serve());
          }),
        bodyRead: () => nowWeighs(REQUEST_BYTES),
        waits: () => nowWeighs(WAITING_BYTES),
        unsent: (unsent) => mindUnsent(lane, res, res.destroyed ? 0 : unsent),
      };
    },
  };
}

function headBytes({ req: { rawHeaders } }: Response): number {
  return rawHeaders.reduce((sum, part) => sum + part.length, 0);
}

function bodyBytes({ req: { headers } }: Response): number {
  const announced = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity;
  return Math.min(announced, BODY_BYTES);
}
