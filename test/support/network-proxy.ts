/** A network between the API and its database that may fall silent: connections stay open, and nothing arrives. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface NetworkProxy {
  /** The URL of the same database, by way of this network. */
  urlOf(databaseUrl: string): string;
  /** Nothing passes any more, in any connection, nor in those that are opened later. */
  fallSilent(): void;
  /** What is opened from now on works again; what was open stays silent, as after a silent failover. */
  failOver(): void;
  /** How many connections have been opened so far. */
  readonly opened: number;
  close(): Promise<void>;
}

/** @param databaseUrl of a server that listens on a TCP port */
export async function startNetworkProxy(databaseUrl: string): Promise<NetworkProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isSilent = false;
  let opened = 0;
  const silence = (socket: Socket) => socket.unpipe().removeAllListeners('data').pause();
  const server = createServer((client) => {
    opened += 1;
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
    }
    if (isSilent) return silence(client);
    client.pipe(upstream).pipe(client);
    return undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    urlOf(url) {
      const proxied = new URL(url);
      proxied.host = `127.0.0.1:${port}`;
      return proxied.href;
    },
    fallSilent() {
      isSilent = true;
      for (const socket of sockets) silence(socket);
    },
    failOver() {
      isSilent = false;
    },
    get opened() {
      return opened;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
