/** Rejects requests while the process is overloaded, so that those it has accepted are served in time. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { FastifyInstance } from 'fastify';

// A request takes several iterations of the event loop: at one second each, its sender has long timed out.
const MAX_EVENT_LOOP_DELAY_MS = 1_000;
// Beyond it the garbage collector leaves little time for anything else.
const MAX_HEAP_SHARE = 0.9;
const RETRY_AFTER_SECONDS = 5;
const LOOK_EVERY_MS = 1_000;
// Enough to see a delay of a second, and a timer that fires more often is most of what an idle process does.
const RESOLUTION_MS = 250;
// The first requests compile what the later ones run: a process is slow for some seconds after its start.
const WARM_UP_SECONDS = 5;

interface OverloadOptions {
  /** How long it has to last before requests are rejected: a machine that halts for a moment is not overloaded. */
  patienceSeconds: number;
}

/** Why the process is overloaded. */
interface Strain {
  type: 'eventLoopDelay' | 'heapUsedBytes';
  value: number;
}

/**
 * For the routes of this instance only. Health routes stay outside: a process that is killed for being busy makes
 * the others busier. So does the webhook: its events are about payments, and cheap to store.
 */
export async function rejectWhenOverloaded(app: FastifyInstance, { patienceSeconds }: OverloadOptions): Promise<void> {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const maxHeapBytes = Math.floor(getHeapStatistics().heap_size_limit * MAX_HEAP_SHARE);
  let strain: Strain | null = null;
  // Negative during the warm-up.
  let strainedForSeconds = -WARM_UP_SECONDS;
  const look = () => {
    strain = strainOf(delays.mean, maxHeapBytes);
    delays.reset();
    const isWarmingUp = strainedForSeconds < 0;
    strainedForSeconds = isWarmingUp || strain !== null ? strainedForSeconds + 1 : 0;
  };
  app.addHook('onRequest', (request, reply, done) => {
    if (strain === null || strainedForSeconds < patienceSeconds) return done();
    request.log.warn(strain, 'Request rejected: the process is overloaded');
    reply.header('retry-after', RETRY_AFTER_SECONDS);
    done(new OverloadedError());
  });
  let looking: NodeJS.Timeout | undefined;
  app.addHook('onReady', async () => {
    delays.enable();
    looking = setInterval(look, LOOK_EVERY_MS).unref();
  });
  app.addHook('onClose', async () => {
    delays.disable();
    clearInterval(looking);
  });
}

/** @param meanNs between two turns of the timer; not a number where it has not fired since the last look */
function strainOf(meanNs: number, maxHeapBytes: number): Strain | null {
  const delayMs = Number.isNaN(meanNs) ? Number.POSITIVE_INFINITY : meanNs / 1e6 - RESOLUTION_MS;
  if (delayMs > MAX_EVENT_LOOP_DELAY_MS) return { type: 'eventLoopDelay', value: delayMs };
  const { heapUsed } = process.memoryUsage();
  return heapUsed > maxHeapBytes ? { type: 'heapUsedBytes', value: heapUsed } : null;
}

class OverloadedError extends Error {
  readonly statusCode = 503;
}
