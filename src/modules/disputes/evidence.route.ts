/** `PUT /api/disputes/:id/evidence/:field`: a file as evidence, as the raw body. For staff. */
import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { authorizationsOf, reject } from '../../platform/auth/authentication.route.js';
import type { TokenVerifier } from '../../platform/auth/token-verifier.js';
import { databaseUnavailable } from '../../platform/database/unavailable.js';
import { runAs } from '../../platform/database/workload.js';
import { disconnectSignal } from '../../platform/http/client-disconnect.js';
import { errorBody } from '../../platform/http/errors.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { isPlainText } from '../../platform/kernel/plain-text.js';
import type { RateLimiter } from '../../platform/rate-limits/rate-limiter.js';
import { RequestLimits } from '../../platform/rate-limits/request-limits.js';
import type { EvidenceFile } from '../../stripe/payment-gateway.js';
import { EvidenceFileField } from './dispute-evidence.js';
import type { DisputesService } from './disputes.service.js';

// Stripe's for one file.
const MAX_BYTES = 5 * 1024 * 1024;
const WANTED = 'must be a PDF, JPEG or PNG file of up to 5 MB';

/** The first bytes of each type of file that banks take: what a header says may be wrong. */
const TYPES: readonly { type: EvidenceFile['type']; begin: Buffer; extension: string }[] = [
  { type: 'application/pdf', begin: Buffer.from('%PDF-'), extension: 'pdf' },
  { type: 'image/jpeg', begin: Buffer.from([0xff, 0xd8, 0xff]), extension: 'jpg' },
  { type: 'image/png', begin: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), extension: 'png' },
];

const STATUS: Partial<Record<DomainError['code'], number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  DISPUTE_NOT_ANSWERABLE: 409,
  EVIDENCE_ALREADY_SUBMITTED: 409,
  RATE_LIMITED: 429,
  PAYMENT_PROVIDER_UNAVAILABLE: 503,
  PAYMENTS_SUSPENDED: 503,
};

export interface EvidenceRouteOptions {
  disputes: DisputesService;
  tokens: TokenVerifier;
  limiter: RateLimiter;
  forkEntityManager: () => EntityManager;
}

interface EvidenceAddress {
  Params: { id: string; field: string };
}

export const evidenceRoute: FastifyPluginAsync<EvidenceRouteOptions> = async (app, options) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BYTES }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.statusCode !== 413) throw error;
    const { error: body } = errorBody('BODY_TOO_LARGE', 'The file is too large.', request.id);
    return reply.code(413).send({ error: { ...body, fields: { body: WANTED } } });
  });
  app.put<EvidenceAddress>(
    '/api/disputes/:id/evidence/:field',
    {
      bodyLimit: MAX_BYTES,
      // Before the body is read: a stranger uploads nothing.
      onRequest: async (request, reply) => {
        try {
          await admit(request, options);
        } catch (error) {
          if (error instanceof DomainError) return send(reply, request, error);
          throw error;
        }
      },
    },
    (request, reply) => runAs('request', () => receive(request, reply, options), disconnectSignal(reply)),
  );
};

/** @throws DomainError for all but staff, and for staff who upload too much */
async function admit(request: FastifyRequest, { tokens, limiter }: EvidenceRouteOptions): Promise<void> {
  // A bad token was rejected before, and the request counted for its address.
  const viewer = await tokens.verify(authorizationsOf(request), request.log);
  if (viewer === null) throw new DomainError('UNAUTHENTICATED', 'Sign in: this needs a bearer token.');
  const limits = new RequestLimits(limiter, request.ip);
  await limits.countViewer(viewer);
  if (!viewer.isStaff) throw new DomainError('FORBIDDEN', 'Only staff may do this.');
  await limits.countUpload(viewer);
}

async function receive(
  request: FastifyRequest<EvidenceAddress>,
  reply: FastifyReply,
  { disputes, forkEntityManager }: EvidenceRouteOptions,
): Promise<FastifyReply> {
  const { id, field } = request.params;
  try {
    // No id that the database could look for.
    if (!isPlainText(id)) throw DomainError.ofFields('NOT_FOUND', { disputeId: 'is not the id of a dispute' });
    const dispute = await disputes.stageFile(forkEntityManager(), id, fieldOf(field), fileOf(field, request.body));
    return await reply.code(200).send({ disputeId: dispute.id, field, hasEvidence: dispute.hasEvidence });
  } catch (error) {
    if (!(error instanceof DomainError) || databaseUnavailable(error) !== null) throw error;
    return send(reply, request, error);
  }
}

/** @throws DomainError `BAD_USER_INPUT` */
function fieldOf(name: string): EvidenceFileField {
  const field = Object.values(EvidenceFileField).find((known) => known.toLowerCase() === name);
  if (field) return field;
  const known = Object.values(EvidenceFileField).map((one) => one.toLowerCase());
  throw DomainError.badInput('field', `is none of ${known.join(', ')}`);
}

/** @throws DomainError `BAD_USER_INPUT` */
function fileOf(field: string, body: unknown): EvidenceFile & { digest: string } {
  const data = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const found = TYPES.find(({ begin }) => data.subarray(0, begin.length).equals(begin));
  if (!found) throw DomainError.badInput('body', WANTED);
  const digest = createHash('sha256').update(data).digest('hex');
  return { name: `${field}.${found.extension}`, type: found.type, data, digest };
}

/** In the shape of all errors outside GraphQL, with the fields at fault. */
function send(reply: FastifyReply, request: FastifyRequest, error: DomainError): FastifyReply {
  const { code, message, details } = error;
  if (code === 'UNAUTHENTICATED' || code === 'RATE_LIMITED') reject(error, reply);
  const { error: body } = errorBody(code, message, request.id);
  return reply.code(STATUS[code] ?? 400).send({ error: { ...body, fields: details.fields } });
}
