/** `/healthz`: the process is alive. `/readyz`: it can serve requests, or the reason why not. */
import type { MikroORM } from '@mikro-orm/postgresql';
import type { FastifyPluginAsync } from 'fastify';
import { runAs } from '../platform/database/workload.js';
import type { Clock } from '../platform/kernel/clock.js';

// Deadlines by this process's clock are compared with rows that another process may have written.
const MAX_CLOCK_DIFFERENCE_MS = 5_000;

// A migration may be reverted while this process runs; checking at every probe would double what probes cost.
const LOOK_AT_MIGRATIONS_EVERY_MS = 10_000;

/** A part of the process that has to be ready before requests are sent to it. */
interface ReadinessCheck {
  /** Why it cannot work, in words for the operator; null when it can. */
  problem(): string | null;
  /** What the operator should know although it can; null for nothing. */
  warning?(): string | null;
}

export interface HealthRouteOptions {
  orm: MikroORM;
  clock: Clock;
  /** The first problem is the reason that `/readyz` gives. */
  checks: readonly ReadinessCheck[];
}

export const healthRoute: FastifyPluginAsync<HealthRouteOptions> = async (app, { orm, clock, checks }) => {
  let appliedAt: Date | null = null;
  let looking: Promise<number> | null = null;

  // The route is public: simultaneous requests share one check, and so one connection.
  const look = () => {
    looking ??= runAs('probe', lookAtDatabase).finally(() => {
      looking = null;
    });
    return looking;
  };
  const lookAtDatabase = async () => {
    const differenceMs = await clockDifferenceMs(orm, clock);
    const now = clock.now();
    const isRecent = appliedAt !== null && Math.abs(now.getTime() - appliedAt.getTime()) < LOOK_AT_MIGRATIONS_EVERY_MS;
    if (!isRecent) appliedAt = (await orm.migrator.getPending()).length === 0 ? now : null;
    return differenceMs;
  };

  // Probes of the platform, which may bring credentials of its own.
  const config = { ignoresTokens: true } as const;
  app.get('/healthz', { config }, async () => ({ status: 'ok' }));

  app.get('/readyz', { config }, async (request, reply) => {
    let differenceMs: number;
    try {
      differenceMs = await look();
    } catch (error) {
      request.log.error({ err: error }, 'The database does not respond');
      return reply.code(503).send({ status: 'unavailable', reason: 'the database does not respond' });
    }
    if (appliedAt === null) {
      const reason =
        'migrations are pending: npm run comptoir -- migrate up, or node dist/migration.js up where there is a build';
      return reply.code(503).send({ status: 'unavailable', reason });
    }
    const reason = checks.map((check) => check.problem()).find((problem) => problem !== null);
    if (reason !== undefined) return reply.code(503).send({ status: 'unavailable', reason });
    const warnings = checks.map((check) => check.warning?.()).filter((warning) => warning != null);
    if (differenceMs > MAX_CLOCK_DIFFERENCE_MS) {
      request.log.warn({ differenceMs }, 'The clock of the database differs from ours');
      warnings.unshift(`the clock of the database is ${Math.round(differenceMs / 1000)} s off`);
    }
    return warnings.length === 0 ? { status: 'ready' } : { status: 'ready', warning: warnings.join('; ') };
  });
};

async function clockDifferenceMs(orm: MikroORM, clock: Clock): Promise<number> {
  const [row] = await orm.em.fork().execute<{ now: Date | string }[]>('select clock_timestamp() as now');
  return Math.abs(new Date(row?.now ?? 0).getTime() - clock.now().getTime());
}
