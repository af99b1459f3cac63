/** Refuses requests while the process cannot keep up, so that those it has taken are answered in time. */
import { getHeapStatistics } from 'node:v8';
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';

// A request takes several turns of the event loop: at one second each, its sender has long lost patience.
const MAX_EVENT_LOOP_DELAY_MS = 1_000;
// Beyond it the garbage collector leaves little time for anything else.
const MAX_HEAP_SHARE = 0.9;
const RETRY_AFTER_SECONDS = 5;
const LOOK_EVERY_MS = 1_000;
// The first requests compile what the later ones run: a process is slow for some seconds before it has settled.
const SETTLES_WITHIN_SECONDS = 5;

interface OverloadOptions {
  /** How long it has to last before anybody is refused: a machine that halts for a moment is not overloaded. */
  patienceSeconds: number;
}

/**
 * For the routes of this instance alone. Health routes stay outside: a process that is killed for being busy makes
 * the others busier. So does the webhook: its news is money, is cheap to store, and makes orders final.
 */
export async function rejectWhenOverloaded(app: FastifyInstance, { patienceSeconds }: OverloadOptions): Promise<void> {
  // Below zero while it settles.
  let strainedForSeconds = -SETTLES_WITHIN_SECONDS;
  await app.register(underPressure, {
    maxEventLoopDelay: MAX_EVENT_LOOP_DELAY_MS,
    maxHeapUsedBytes: Math.floor(getHeapStatistics().heap_size_limit * MAX_HEAP_SHARE),
    async pressureHandler(request, reply, type, value) {
      if (strainedForSeconds < patienceSeconds) return;
      request.log.warn({ type, value }, 'A request was refused: the process cannot keep up');
      reply.header('retry-after', RETRY_AFTER_SECONDS);
      throw new OverloadedError();
    },
  });
  const look = () => {
    const isSettling = strainedForSeconds < 0;
    strainedForSeconds = isSettling || app.isUnderPressure() ? strainedForSeconds + 1 : 0;
  };
  let looking: NodeJS.Timeout | undefined;
  app.addHook('onReady', async () => {
    looking = setInterval(look, LOOK_EVERY_MS).unref();
  });
  app.addHook('onClose', async () => clearInterval(looking));
}

class OverloadedError extends Error {
  readonly statusCode = 503;
}
