/** `/healthz`: the process lives. `/readyz`: it can do its work, or says why it cannot. */
import type { MikroORM } from '@mikro-orm/postgresql';
import type { FastifyPluginAsync } from 'fastify';

export const healthRoute: FastifyPluginAsync<{ orm: MikroORM }> = async (app, { orm }) => {
  let migrationsApplied = false;

  app.get('/healthz', async () => ({ status: 'ok' }));

  app.get('/readyz', async (request, reply) => {
    try {
      await orm.em.fork().execute('select 1');
      // Once applied they stay so, as long as this process runs.
      migrationsApplied ||= (await orm.migrator.getPending()).length === 0;
    } catch (error) {
      request.log.error({ err: error }, 'The database does not answer');
      return reply.code(503).send({ status: 'unavailable', reason: 'the database does not answer' });
    }
    if (migrationsApplied) return { status: 'ready' };
    return reply.code(503).send({ status: 'unavailable', reason: 'migrations are pending: npm run migration:up' });
  });
};
