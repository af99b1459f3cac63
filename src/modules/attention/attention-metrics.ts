/** How much waits for a person, as a gauge: counted when the metrics are read. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { Gauge, type Registry } from 'prom-client';
import { runAs } from '../../platform/database/workload.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { AttentionService } from './attention.service.js';

/**
 * Where the database does not answer, the gauge has no value, and the other metrics are read all the same.
 *
 * @param forkEntityManager for each reading
 */
export function measureAttention(
  registry: Registry,
  attention: AttentionService,
  forkEntityManager: () => EntityManager,
  logger: Logger,
): void {
  new Gauge({
    name: 'comptoir_attention',
    help: 'What waits for a person, by kind: the query attention lists it.',
    labelNames: ['kind'],
    registers: [registry],
    async collect() {
      try {
        // With the limits of a request: a collector that waits for this one gets no other metric either.
        const counts = await runAs('request', () => attention.counts(forkEntityManager()));
        for (const [kind, count] of Object.entries(counts)) this.set({ kind }, count);
      } catch (error) {
        this.reset();
        logger.warn({ err: error }, 'What waits for a person could not be counted');
      }
    },
  });
}
