/** `POST /api/webhook/stripe/`: verifies and stores the event. Responds 2xx if and only if it is durably stored. */
import { BlockList, isIPv6 } from 'node:net';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { runAs } from '../../platform/database/workload.js';
import { withoutPort } from '../../platform/http/address.js';
import { disconnectSignal } from '../../platform/http/client-disconnect.js';
import { errorBody } from '../../platform/http/errors.js';
import { WebhookVerificationError, type WebhookVerifier } from '../../stripe/webhook-verifier.js';
import type { InboxService } from './inbox.service.js';
import { OrderConcurrencyLimiter } from './order-concurrency-limiter.js';

// Stripe's largest events stay far below this.
const BODY_LIMIT_BYTES = 1024 * 1024;

export const WEBHOOK_PATH = '/api/webhook/stripe';

export interface WebhookRouteOptions {
  verifier: WebhookVerifier;
  inbox: InboxService;
  /** The one of the process; each transaction forks it. */
  em: EntityManager;
  /** The only addresses that events are accepted from; null for any. */
  allowedAddresses: BlockList | null;
}

export const webhookRoute: FastifyPluginAsync<WebhookRouteOptions> = async (app, options) => {
  // The signature covers the bytes, so nothing may parse them before it was checked.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (_request, body, done) => {
    done(null, body);
  });
  if (options.allowedAddresses !== null) app.addHook('onRequest', rejectOtherAddresses(options.allowedAddresses));
  const limiter = new OrderConcurrencyLimiter();
  const handle = (request: FastifyRequest, reply: FastifyReply) => receive(request, reply, { ...options, limiter });
  for (const path of [WEBHOOK_PATH, `${WEBHOOK_PATH}/`]) {
    // Stripe's credential is its signature.
    app.post(path, { bodyLimit: BODY_LIMIT_BYTES, config: { ignoresTokens: true } }, (request, reply) =>
      runAs('webhook', () => handle(request, reply), disconnectSignal(reply)),
    );
  }
};

/** Before the body is read. The log names the address, so that an outdated list can be corrected. */
function rejectOtherAddresses(allowed: BlockList): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const ip = withoutPort(request.ip);
    if (allowed.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4')) return;
    request.log.warn({ reason: 'address_not_allowed', remoteAddress: ip }, 'webhook request rejected');
    return reply.code(403).send(errorBody('FORBIDDEN', 'Not from here.', request.id));
  };
}

async function receive(
  request: FastifyRequest,
  reply: FastifyReply,
  { verifier, inbox, em, limiter }: WebhookRouteOptions & { limiter: OrderConcurrencyLimiter },
): Promise<FastifyReply> {
  const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const signature = request.headers['stripe-signature'];
  try {
    const event = verifier.verify(rawBody, Array.isArray(signature) ? signature.join(',') : signature);
    const receipt = await limiter.run(event, () => inbox.receive(em, event, rawBody));
    const responseTime = Math.round(reply.elapsedTime);
    request.log.info({ eventId: event.id, type: event.type, receipt, responseTime }, 'webhook event received');
    return reply.code(200).send({ received: true });
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    // The log says what is wrong; the response does not help anyone who tries to forge an event.
    request.log.warn({ reason: error.reason, ...error.details }, 'webhook request rejected');
    return reply.code(400).send(errorBody('BAD_WEBHOOK', 'No valid signature over this body.', request.id));
  }
}
