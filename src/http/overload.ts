/** Refuses requests while the process cannot keep up, so that those it has taken are answered in time. */
import { getHeapStatistics } from 'node:v8';
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';

// A request takes several turns of the event loop: at one second each, its sender has long lost patience.
const LONGEST_TURN_MS = 1_000;
// Beyond it the garbage collector leaves little time for anything else.
const LARGEST_HEAP_SHARE = 0.9;
const RETRY_AFTER_SECONDS = 5;

/**
 * For the routes of this instance alone. Health routes stay outside: a process that is killed for being busy makes
 * the others busier. So does the webhook: its news is money, is cheap to store, and makes orders final.
 */
export async function refuseWhenOverloaded(app: FastifyInstance): Promise<void> {
  await app.register(underPressure, {
    maxEventLoopDelay: LONGEST_TURN_MS,
    maxHeapUsedBytes: Math.floor(getHeapStatistics().heap_size_limit * LARGEST_HEAP_SHARE),
    async pressureHandler(request, reply, type, value) {
      request.log.warn({ type, value }, 'A request was refused: the process cannot keep up');
      reply.header('retry-after', RETRY_AFTER_SECONDS);
      throw new OverloadedError();
    },
  });
}

class OverloadedError extends Error {
  readonly statusCode = 503;
}
