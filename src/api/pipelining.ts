// Requests that are sent on one connection before the first of them is answered.
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Some kilobytes each, of the whole process. */
const MOST_UNANSWERED = 10_000;
/** Beyond `MOST_UNANSWERED`, a connection that has more than this is cut. */
const MOST_OF_CONNECTION = 100;

/** Emitted by a response when so much is queued behind it that Node reads its connection no more, and would not see that it was closed. */
export const CROWDED = 'crowded';

export function isCrowded({ req }: ServerResponse): boolean {
  return req.socket.isPaused();
}

/**
 * Node tells only the response that is next to be sent when its connection closes: here each of them is told, so that none goes on waiting for
 * nobody. To be called before anything else listens for requests.
 */
export function mindPipelines(server: Server, mostUnanswered = MOST_UNANSWERED): void {
  const ofConnection = new Map<Socket, Set<ServerResponse>>();
  let unanswered = 0;

  function responsesOf(socket: Socket): Set<ServerResponse> {
    const known = ofConnection.get(socket);
    if (known !== undefined) return known;
    const responses = new Set<ServerResponse>();
    ofConnection.set(socket, responses);
    socket.on('pause', () => responses.forEach((res) => res.emit(CROWDED)));
    socket.once('close', () => {
      ofConnection.delete(socket);
      for (const res of responses) {
        res.destroy();
        res.emit('close');
      }
    });
    return responses;
  }

  server.on('request', ({ socket }, res) => {
    const responses = responsesOf(socket);
    responses.add(res);
    unanswered += 1;
    res.once('close', () => {
      if (responses.delete(res)) unanswered -= 1;
    });
    if (unanswered > mostUnanswered && responses.size > MOST_OF_CONNECTION) socket.destroy();
  });
}
