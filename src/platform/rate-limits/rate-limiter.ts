/** Rate limiting: counts in this process, or in a Redis or Valkey that several processes share. */
import { Redis } from 'ioredis';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { DomainError } from '../kernel/domain-error.js';
import type { Logger } from '../kernel/logger.js';
import type { Limit } from './limits.js';

const KEY_PREFIX = 'comptoir';
// A checkout must not wait for a counter: without a response by then, this process counts for itself.
const RESPONSE_TIMEOUT_MS = 250;
const SILENT_FOR_MS = 1_000;
const MAX_RECONNECT_PAUSE_MS = 5_000;

export interface RateLimiter {
  /**
   * @param points how many of the limit's points this takes; one by default
   * @throws DomainError `RATE_LIMITED`, with `retryAfterSeconds`, once the limit is passed
   */
  count(limit: Limit, key: string, points?: number): Promise<void>;
  close(): Promise<void>;
}

/** Limits nothing: `RATE_LIMIT=off`. */
export const unlimited: RateLimiter = { count: async () => {}, close: async () => {} };

/** @param redisUrl where the counters are; null for this process's memory */
export function createRateLimiter(redisUrl: URL | null, logger: Logger): RateLimiter {
  const redis = redisUrl && connect(redisUrl);
  const stopWatching = redis ? watch(redis, logger) : () => {};
  const counters = new Map<string, RateLimiterAbstract>();
  return {
    async count(limit, key, points = 1) {
      const counter = counters.get(limit.name) ?? counterOf(limit, redis);
      counters.set(limit.name, counter);
      try {
        await counter.consume(key, points);
      } catch (rejection) {
        throw rejection instanceof RateLimiterRes ? rateLimited(rejection.msBeforeNext) : rejection;
      }
    },
    async close() {
      stopWatching();
      redis?.disconnect();
    },
  };
}

/** @param waitMs how long until the next may come */
export function rateLimited(waitMs: number): DomainError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new DomainError('RATE_LIMITED', `Too much at once: try again in ${retryAfterSeconds} seconds.`, {
    retryAfterSeconds,
  });
}

/** Where Redis does not respond, this process counts in memory: an outage of Redis must not stop the shop. */
function counterOf({ name, points, windowSeconds: duration }: Limit, redis: Redis | null): RateLimiterAbstract {
  const keyPrefix = `${KEY_PREFIX}:${name}`;
  const memory = new RateLimiterMemory({ keyPrefix, points, duration });
  if (redis === null) return memory;
  const insurance = { insuranceLimiter: memory, rejectIfRedisNotReady: true };
  return new RateLimiterRedis({ storeClient: redis, keyPrefix, points, duration, ...insurance });
}

function connect(url: URL): Redis {
  return new Redis(url.href, {
    commandTimeout: RESPONSE_TIMEOUT_MS,
    disconnectTimeout: RESPONSE_TIMEOUT_MS,
    // A server that hangs keeps its connection: every request would wait for it, and every command stay in memory.
    socketTimeout: SILENT_FOR_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(100 * 2 ** attempt, MAX_RECONNECT_PAUSE_MS),
  });
}

/** Logs two lines an outage, at its beginning and its end, instead of one for every attempt to reconnect. */
function watch(redis: Redis, logger: Logger): () => void {
  let isLost = false;
  const lose = () => {
    if (!isLost) logger.warn({}, 'Redis connection lost: each process counts rate limits alone');
    isLost = true;
  };
  redis.on('error', () => {});
  redis.on('close', lose);
  redis.on('ready', () => {
    if (isLost) logger.info({}, 'Redis connection restored: processes count rate limits together');
    isLost = false;
  });
  return () => redis.off('close', lose);
}
