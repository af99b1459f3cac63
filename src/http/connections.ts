/** How many connections there may be, and how they end when the server stops. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as startTimer } from 'node:timers';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

// Twice what the abuse table opens at once. Each costs a descriptor and some kilobytes; idle ones are closed within
// seconds, so that this many can only be kept up by opening hundreds a second.
const MOST_CONNECTIONS = 2_000;
// A busy client's next request is on its way: answered with `Connection: close`, it is the last on its connection,
// where closing the connection at once would have thrown it away.
const LAST_REQUESTS_MS = 100;
// Longer than Stripe is given to answer, and short enough that the rest of a stop fits into its ten seconds.
const DRAIN_WITHIN_MS = 8_500;
// What has not arrived by then is sent slowly on purpose; there has to be time left to answer what has.
const ARRIVE_WITHIN_MS = 2_000;

/**
 * Requests in flight when the server stops are answered; all else is closed at once, or nearly so. Node itself would wait for
 * connections that have sent nothing, or half a request, and would no longer time them out.
 */
export function limitConnections(app: FastifyInstance): void {
  const { server } = app;
  server.maxConnections = MOST_CONNECTIONS;
  server.on('drop', () => server.closeIdleConnections());

  /** The requests being answered on each open connection. */
  const inFlight = new Map<Socket, Set<IncomingMessage>>();
  let isStopping = false;
  const destroyWhere = (isUseless: (requests: Set<IncomingMessage>) => boolean) => {
    for (const [socket, requests] of inFlight) if (isUseless(requests)) socket.destroy();
  };
  server.on('connection', (socket: Socket) => {
    inFlight.set(socket, new Set());
    socket.once('close', () => inFlight.delete(socket));
  });
  server.on('request', (request, response) => {
    const { socket } = request;
    const requests = inFlight.get(socket);
    requests?.add(request);
    response.once('close', () => {
      requests?.delete(request);
      if (isStopping && requests?.size === 0) socket.end();
    });
  });
  app.addHook('preClose', async () => {
    isStopping = true;
    if (inFlight.size > 0) await setTimeout(LAST_REQUESTS_MS);
    // Timers come before sockets in a turn of the event loop: this lets it read once more.
    await setImmediate();
    destroyWhere((requests) => requests.size === 0);
    const isHalfSent = ({ complete }: IncomingMessage) => !complete;
    startTimer(() => destroyWhere((requests) => [...requests].some(isHalfSent)), ARRIVE_WITHIN_MS).unref();
    startTimer(() => destroyWhere(() => true), DRAIN_WITHIN_MS).unref();
  });
}
