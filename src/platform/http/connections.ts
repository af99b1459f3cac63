/** How many connections there may be, and how they end when the server stops. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Server, type Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { LinkedList } from '../kernel/linked-list.js';

// Twice what the abuse table opens at once. Each costs a descriptor and some kilobytes; idle ones are closed within
// seconds, so that this many can only be kept up by opening hundreds a second.
const MAX_CONNECTIONS = 2_000;
// The next request of a busy client is on its way: its response has `Connection: close`, so it is the last one.
// The connection of a client that has been idle for this long is closed, which it sees before its next request.
const BUSY_FOR_MS = 1_000;
// A client that does not close its side of a connection that was ended has had long enough.
const LINGER_MS = 1_000;
// Longer than Stripe's timeout, and short enough that the rest of a stop fits into its ten seconds.
const DRAIN_WITHIN_MS = 8_500;
// A request that has not arrived by then is sent slowly on purpose; there has to be time left to serve the others.
const ARRIVE_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 50;

export function limitConnections(app: FastifyInstance): void {
  const { server } = app;
  server.maxConnections = MAX_CONNECTIONS;
  server.on('drop', () => server.closeIdleConnections());
  const connections = new Connections();
  server.on('connection', (socket: Socket) => connections.add(socket));
  server.on('request', (request, response) => connections.begin(request, response));
  app.addHook('preClose', () => connections.drain(server));
}

interface Connection {
  /** The request that is being served on it. */
  exchanges: LinkedList<{ request: IncomingMessage; response: ServerResponse }>;
  /** When the last response ended, by the monotonic clock. */
  silentSince: number;
  endedAt: number | null;
}

class Connections {
  private readonly open = new Map<Socket, Connection>();

  add(socket: Socket): void {
    this.open.set(socket, { exchanges: new LinkedList(), silentSince: performance.now(), endedAt: null });
    socket.once('close', () => this.open.delete(socket));
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.open.get(request.socket);
    if (connection === undefined) return;
    const exchange = connection.exchanges.add({ request, response });
    response.once('close', () => {
      connection.exchanges.remove(exchange);
      connection.silentSince = performance.now();
    });
  }

  /**
   * Requests that have arrived are served, each as the last on its connection; all other connections are closed. Node
   * itself would wait for connections that have sent nothing, or half a request, and no longer time them out; and it
   * would reset those on which the next request is on its way.
   */
  async drain(server: Server): Promise<void> {
    const startedAt = performance.now();
    const elapsedMs = () => performance.now() - startedAt;
    // At once, before any client has to open another connection: one that is not accepted would be reset. And
    // not by the method of HTTP servers, which resets what is idle.
    if (server.listening) Server.prototype.close.call(server);
    // Fastify adds the header to requests from now on.
    for (const { exchanges } of this.open.values()) {
      for (const { response } of exchanges.toArray()) announceEnd(response);
    }
    while (this.open.size > 0 && elapsedMs() < DRAIN_WITHIN_MS) {
      await this.endSilent();
      if (elapsedMs() > ARRIVE_WITHIN_MS) this.destroyWhere(isHalfSent);
    }
    this.destroyWhere(() => true);
  }

  private async endSilent(): Promise<void> {
    await setTimeout(LOOK_EVERY_MS);
    // Timers come before sockets in a turn of the event loop: what has arrived meanwhile is read first.
    await setImmediate();
    for (const [socket, connection] of this.open) {
      if (!isSilent(connection) || connection.endedAt !== null) continue;
      connection.endedAt = performance.now();
      socket.end();
    }
    this.destroyWhere(({ endedAt }) => endedAt !== null && performance.now() - endedAt > LINGER_MS);
  }

  private destroyWhere(isUseless: (connection: Connection) => boolean): void {
    for (const [socket, connection] of this.open) if (isUseless(connection)) socket.destroy();
  }
}

function announceEnd(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}

function isSilent({ exchanges, silentSince }: Connection): boolean {
  return exchanges.size === 0 && performance.now() - silentSince >= BUSY_FOR_MS;
}

function isHalfSent({ exchanges }: Connection): boolean {
  return exchanges.toArray().some(({ request }) => !request.complete);
}
