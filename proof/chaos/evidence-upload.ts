/** Uploads a file as evidence through its route, as a browser would, without a network between. */
import fastify from 'fastify';
import { evidenceRoute } from '../../src/modules/disputes/evidence.route.js';
import type { TokenVerifier } from '../../src/platform/auth/token-verifier.js';
import { DomainError, type DomainErrorCode } from '../../src/platform/kernel/domain-error.js';
import { unlimited } from '../../src/platform/rate-limits/rate-limiter.js';
import type { ShopProcess } from './shop-process.js';
import type { World } from './world.js';

/** @throws DomainError as the route says it */
export async function uploadEvidence(
  world: World,
  process: ShopProcess,
  { disputeId, field, body }: { disputeId: string; field: string; body: Buffer },
): Promise<void> {
  const app = fastify();
  // Who may upload is for other tests.
  const tokens = { verify: async () => world.staff } as unknown as TokenVerifier;
  const forkEntityManager = () => process.entityManager();
  await app.register(evidenceRoute, {
    disputes: process.running.disputes,
    tokens,
    limiter: unlimited,
    forkEntityManager,
  });
  const response = await app.inject({
    method: 'PUT',
    url: `/api/disputes/${disputeId}/evidence/${field}`,
    headers: { 'content-type': 'application/pdf', authorization: 'Bearer staff' },
    payload: body,
  });
  if (response.statusCode === 200) return;
  const { error } = response.json<{ error: { code?: DomainErrorCode; message?: string } }>();
  if (error?.code === undefined) throw new Error(`The upload was answered ${response.statusCode}: ${response.body}`);
  throw new DomainError(error.code, error.message ?? '');
}
