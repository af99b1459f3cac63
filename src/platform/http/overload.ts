/** Rejects requests while the process is overloaded, so that those it has accepted are served in time. */
import { getHeapStatistics } from 'node:v8';
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';

// A request takes several iterations of the event loop: at one second each, its sender has long timed out.
const MAX_EVENT_LOOP_DELAY_MS = 1_000;
// Beyond it the garbage collector leaves little time for anything else.
const MAX_HEAP_SHARE = 0.9;
const RETRY_AFTER_SECONDS = 5;
const LOOK_EVERY_MS = 1_000;
// The first requests compile what the later ones run: a process is slow for some seconds after its start.
const WARM_UP_SECONDS = 5;

interface OverloadOptions {
  /** How long it has to last before requests are rejected: a machine that halts for a moment is not overloaded. */
  patienceSeconds: number;
}

/**
 * For the routes of this instance only. Health routes stay outside: a process that is killed for being busy makes
 * the others busier. So does the webhook: its events are about payments, and cheap to store.
 */
export async function rejectWhenOverloaded(app: FastifyInstance, { patienceSeconds }: OverloadOptions): Promise<void> {
  // Negative during the warm-up.
  let strainedForSeconds = -WARM_UP_SECONDS;
  await app.register(underPressure, {
    maxEventLoopDelay: MAX_EVENT_LOOP_DELAY_MS,
    maxHeapUsedBytes: Math.floor(getHeapStatistics().heap_size_limit * MAX_HEAP_SHARE),
    async pressureHandler(request, reply, type, value) {
      if (strainedForSeconds < patienceSeconds) return;
      request.log.warn({ type, value }, 'Request rejected: the process is overloaded');
      reply.header('retry-after', RETRY_AFTER_SECONDS);
      throw new OverloadedError();
    },
  });
  const look = () => {
    const isWarmingUp = strainedForSeconds < 0;
    strainedForSeconds = isWarmingUp || app.isUnderPressure() ? strainedForSeconds + 1 : 0;
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
