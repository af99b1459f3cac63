/** How many connections there may be, and how they end when the server stops. */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

// Twice what the abuse table opens at once. Each costs a descriptor and some kilobytes; idle ones are closed within
// seconds, so that this many can only be kept up by opening hundreds a second.
const MOST_CONNECTIONS = 2_000;
// Longer than Stripe is given to answer, and short enough that the rest of a stop fits into its ten seconds.
const DRAIN_WITHIN_MS = 8_500;

/**
 * Requests in flight when the server stops are answered; all else is closed at once. Node itself would wait for
 * connections that have sent nothing, or half a request, and would no longer time them out.
 */
export function limitConnections(app: FastifyInstance): void {
  const { server } = app;
  server.maxConnections = MOST_CONNECTIONS;
  server.on('drop', () => server.closeIdleConnections());

  /** The requests being answered on each open connection. */
  const inFlight = new Map<Socket, number>();
  let isStopping = false;
  server.on('connection', (socket: Socket) => {
    inFlight.set(socket, 0);
    socket.once('close', () => inFlight.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    inFlight.set(socket, (inFlight.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (inFlight.get(socket) ?? 1) - 1;
      if (inFlight.has(socket)) inFlight.set(socket, left);
      if (isStopping && left === 0) socket.end();
    });
  });
  app.addHook('preClose', async () => {
    isStopping = true;
    for (const [socket, requests] of inFlight) if (requests === 0) socket.destroy();
    setTimeout(() => server.closeAllConnections(), DRAIN_WITHIN_MS).unref();
  });
}
