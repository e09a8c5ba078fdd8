// Answers that are streams of events (WHATWG HTML, section 9.2, "Server-sent events"): one event at a time, so that whoever reads slowly gets the
// last state and never a queue.
import type { Response } from 'express';

export type ServerEvent = { event: string; id: string; data: object };

/** Callers are promised a line every 15 s: some proxies cut off what is silent for 30 s. */
const BEAT_MS = 12_000;
/** Who has read nothing for so many beats is cut off. */
const MOST_UNREAD_BEATS = 5;
/** After how long a client comes again, so that not all of them come at once. */
const RETRY_MS = { least: 1_000, most: 3_000 };

const BEAT = Buffer.from(':\n\n');

/** Ends when the events do, also where they fail. */
export async function sendEvents(
  res: Response,
  events: AsyncIterable<ServerEvent>,
  draining: AbortSignal | undefined,
): Promise<void> {
  res.setHeader('Content-Type', 'text/event-stream');
  if (res.req.method === 'HEAD') return void res.end();
  let unread = 0;
  const beat = setInterval(() => {
    const unsent = res.writableLength;
    res.locals.turn?.unsent(unsent);
    unread = unsent === 0 ? 0 : unread + 1;
    if (unread > MOST_UNREAD_BEATS || res.locals.isRevoked?.() === true) res.destroy();
    else if (unread === 0) res.write(BEAT);
  }, BEAT_MS);
  res.once('close', () => clearInterval(beat));
  try {
    await sent(res, opening());
    for await (const event of events) await sent(res, textOf(event));
  } finally {
    clearInterval(beat);
    // Its head said nothing of the end of the connection.
    if (draining?.aborted) res.once('finish', () => res.req.socket.destroySoon());
    res.end();
  }
}

/** Resolves when nothing of it is kept here any more. */
async function sent(res: Response, bytes: Buffer): Promise<void> {
  const { turn } = res.locals;
  if (res.destroyed || turn === undefined) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      res.off('close', done);
      resolve();
    };
    res.once('close', done);
    void turn.step().then(() => res.write(bytes, done));
  });
}

function opening(): Buffer {
  const { least, most } = RETRY_MS;
  return Buffer.from(
    `: each event is the order as it is\nretry: ${Math.round(least + Math.random() * (most - least))}\n\n`,
  );
}

/** Many may be sent the same. */
const texts = new WeakMap<object, Buffer>();

function textOf({ event, id, data }: ServerEvent): Buffer {
  const known = texts.get(data);
  if (known !== undefined) return known;
  // JSON has no line ends outside of its texts, and writes those in them as `\n`.
  const text = Buffer.from(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
  texts.set(data, text);
  return text;
}
