// Shares the time of this process among callers, each of which has a lane: the lane that has used least time gets the next step. So a caller that
// sends much, on however many connections, delays only its own requests. A lane's requests under way and its unsent answers are limited in bytes.
import type { Response } from 'express';
import { shelve } from './pipelining.ts';
import { beforeHead } from './uploads.ts';

export type Lanes = {
  /** Once for each request. It is not answered, and its connection is closed, where the lane has too much under way. */
  enter(lane: string, res: Response): Turn;
};

export type Turn = {
  /** Resolves when it is this request's turn; never, if its caller has gone meanwhile. */
  step(): Promise<void>;
  /** Says that the body of the request is not kept any more. */
  bodyRead(): void;
  /** It waits: how many may is limited for each key. */
  waits(): void;
  /** What of its answer, which is sent in pieces, has not been sent for a while. */
  unsent(bytes: number): void;
};

export type LaneLimits = { underWayBytes: number; unsentBytes: number };

/** `underWayBytes`: of one lane. `unsentBytes`: of all lanes; beyond it, the lane with the most unsent bytes is cut. */
const LIMITS: LaneLimits = { underWayBytes: 32 * 2 ** 20, unsentBytes: 64 * 2 ** 20 };
/** The memory of a request beside its text. */
const REQUEST_BYTES = 10 * 1024;
/** A key may have 100,000 waiting answers: its lane has room for them. */
const WAITING_BYTES = 300;
/** The largest body that is read. */
const BODY_BYTES = 100 * 1024;

const NO_TURN: Turn = { step: () => new Promise(() => {}), bodyRead() {}, waits() {}, unsent() {} };

/** After this long, the event loop reads new requests. */
const SERVED_AT_ONCE_MS = 2;

type Lane = {
  underWay: number;
  /** The time of its steps; a new lane begins with the time that others have used. */
  spentMs: number;
  waiting: Map<Response, () => void>;
  unsent: Map<Response, number>;
  unsentBytes: number;
};

export function createLanes({ underWayBytes, unsentBytes }: LaneLimits = LIMITS): Lanes {
  const lanes = new Map<string, Lane>();
  let serving = false;
  /** `spentMs` of the lane served last. A lane that begins to wait starts from there. */
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
      // We continue once that step awaits something.
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
        return NO_TURN;
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
