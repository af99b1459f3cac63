/**
 * `GET /metrics`: the metrics, in Prometheus' text format. Only counters, no order and no buyer; still not for
 * the internet.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList } from 'node:net';
import type { FastifyPluginAsync } from 'fastify';
import type { Registry } from 'prom-client';
import { errorBody } from '../platform/http/errors.js';

export interface MetricsRouteOptions {
  registry: Registry;
  /** Null: only this machine may read them, and in production nobody. */
  token: string | null;
  production: boolean;
}

const thisMachine = new BlockList();
thisMachine.addSubnet('127.0.0.0', 8, 'ipv4');
thisMachine.addAddress('::1', 'ipv6');

export const metricsRoute: FastifyPluginAsync<MetricsRouteOptions> = async (app, { registry, token, production }) => {
  // Behind a proxy on the same machine everybody would seem to be on it.
  if (token === null && production) return;

  // The collector has a token of its own, which is not one of the shop's.
  const config = { ignoresTokens: true } as const;
  app.get('/metrics', { config }, async (request, reply) => {
    if (token === null && !isThisMachine(request.ip)) return reply.callNotFound();
    if (token !== null && !isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
      reply.code(401).header('www-authenticate', 'Bearer');
      return errorBody('UNAUTHENTICATED', 'The metrics need the bearer token of METRICS_TOKEN.', request.id);
    }
    return reply.type(registry.contentType).send(await registry.metrics());
  });
};

function isThisMachine(address: string): boolean {
  return thisMachine.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

/** Takes equally long wherever they differ. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
