/** The HTTP server under everything: reads whole requests, writes whole answers, and closes at once when asked. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from './clock.js';

export interface HttpRequest {
  method: string;
  path: string;
  /** Without the question mark. */
  query: string;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  /** The bytes as text, decoded when it is asked for. */
  readonly body: string;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

/** Null resets the connection without an answer. */
type HttpHandler = (request: HttpRequest) => Promise<HttpAnswer | null>;

export interface RunningHttpServer {
  port: number;
  close(): Promise<void>;
}

export interface HttpServerOptions {
  host: string;
  port: number;
  handler: HttpHandler;
  /** The longest body that a path takes, in bytes. */
  maximumBodyLength(path: string): number;
  /** Of the header Date. */
  clock: Clock;
}

/** Rejects with the original error when the port is taken. */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningHttpServer> {
  const { host, port } = options;
  const server = createServer((request, response) => void respond(options, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: addressOf(server.address()).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Clients keep their connections open for the next request; waiting for them would take minutes.
        server.closeAllConnections();
      }),
  };
}

async function respond(options: HttpServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A request that was not read to its end lets go of its socket.
  const { socket } = request;
  try {
    const whole = await readRequest(request, options);
    const answer = whole === null ? null : await options.handler(whole);
    if (answer === null) socket.destroy();
    else send(response, answer, options.clock);
  } catch (error) {
    // A client that left in the middle of its request gets no answer; anything else is a fault of the simulator.
    if (!request.destroyed) console.error('The Stripe simulator failed:', error);
    const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
    if (!response.headersSent) send(response, { status: 500, headers, body: 'Internal error' }, options.clock);
  }
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer, clock: Clock): void {
  const always = { Date: clock.now().toUTCString(), 'Content-Length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...always }).end(body);
}

/** Null for a body that is too long to be a request. */
async function readRequest(
  request: IncomingMessage,
  { maximumBodyLength }: HttpServerOptions,
): Promise<HttpRequest | null> {
  const target = request.url ?? '/';
  const queryStart = target.indexOf('?');
  const path = queryStart === -1 ? target : target.slice(0, queryStart);
  const maximumLength = maximumBodyLength(path);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const buffer: Buffer = chunk;
    length += buffer.length;
    if (length > maximumLength) return null;
    chunks.push(buffer);
  }
  const bytes = Buffer.concat(chunks);
  return {
    method: request.method ?? 'GET',
    path,
    query: queryStart === -1 ? '' : target.slice(queryStart + 1),
    headers: request.headers,
    bytes,
    get body() {
      return bytes.toString('utf8');
    },
  };
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port.');
  return address;
}
