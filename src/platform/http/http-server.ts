/** The HTTP server without routes: its limits, its log, and the headers of every response. */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { serializeError } from '../database/describe-error.js';
import { redact } from '../kernel/redaction.js';
import { limitConnections } from './connections.js';
import { sendClientError, sendErrors, sendFrameworkError } from './errors.js';
import { rejectLongHeaders } from './header-limits.js';
import { handleInvalidRequests } from './invalid-requests.js';
import { logDestination } from './log-destination.js';
import { fixedHeaders, requestIdOf } from './request-id.js';
import { addSecurityHeaders } from './security-headers.js';
import { type TrustProxy, trustedProxies } from './trusted-proxies.js';

// A basket of fifty lines with the longest texts stays below a third of it.
const BODY_LIMIT_BYTES = 100 * 1024;
// A client that needs longer to send a request is broken, or holds connections on purpose.
const REQUEST_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 5_000;
// Late clients are checked for this often, so they are disconnected this much later at most.
const CONNECTIONS_CHECK_MS = 500;
// Idle connections must not outlast a shutdown.
const KEEP_ALIVE_TIMEOUT_MS = 5_000;
// Without traffic on the connection: longer than any response takes to begin, so that only a client that does not
// read its response is cut off.
const SILENCE_TIMEOUT_MS = 30_000;

/** Where log lines go. */
export interface LogTarget {
  write(line: string): void;
}

export interface HttpServerOptions {
  config: { logLevel: string; trustProxy: TrustProxy | null; production: boolean };
  logTo: LogTarget | undefined;
  /** Requests to addresses that begin with it are logged by their route. */
  quietPath: string;
}

export function createHttpServer({ config, logTo, quietPath }: HttpServerOptions): FastifyInstance {
  const app = fastify({
    logger: {
      level: config.logLevel,
      stream: logTo ?? logDestination(),
      // No query string, which may hold what a buyer typed, and no address.
      serializers: { err: serializeError, req: (request) => ({ method: request.method, path: pathForLogs(request) }) },
      // Over the finished line, so that no depth and no text escapes it.
      hooks: { streamWrite: redact },
    },
    logController: new RequestLog(quietPath),
    genReqId: requestIdOf,
    trustProxy: trustedProxies(config.trustProxy),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: SILENCE_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      requireHostHeader: false,
    },
    // A request that was on its way when the stop began is still served; its connection is closed with it.
    return503OnClosing: false,
    frameworkErrors: sendFrameworkError,
    clientErrorHandler: sendClientError,
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(fixedHeaders(request.id));
    done();
  });
  app.addHook('onRequest', rejectLongHeaders);
  handleInvalidRequests(app);
  sendErrors(app);
  limitConnections(app);
  addSecurityHeaders(app, config.production);
  return app;
}

/** One line a request, when its response was sent. The webhook logs one line an event that says more. */
class RequestLog extends LogController {
  constructor(private readonly quietPath: string) {
    super();
  }

  override isLogDisabled({ url }: { url?: string }): boolean {
    return url?.startsWith(this.quietPath) ?? false;
  }

  override incomingRequest(): void {}

  override requestCompleted(error: Error | null | undefined, req: FastifyRequest, res: FastifyReply): void {
    if (this.isLogDisabled(req)) return;
    const details = { req, res, responseTime: Math.round(res.elapsedTime) };
    if (error) res.log.error({ ...details, err: error }, 'request errored');
    else res.log.info(details, 'request completed');
  }
}

/** A parameter of a route that is named `token` lets those in who know it: the log has the route instead. */
function pathForLogs({ url, routeOptions }: FastifyRequest): string | undefined {
  const route = routeOptions?.url;
  return route?.includes(':token') ? route : url.split('?')[0];
}
