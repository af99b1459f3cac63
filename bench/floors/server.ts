/**
 * The floors of the benchmarks, built and started by them: the least code on Fastify and the driver that does the same
 * durable work as comptoir on the same tables; and, on /graphql, what Apollo Server and type-graphql cost alone.
 */
import 'reflect-metadata';
import fastify from 'fastify';
import { addCheckoutRoute } from './checkout.js';
import { pool } from './database.js';
import { addGraphQLRoute } from './graphql.js';
import { addReturnPageRoute } from './return-page.js';
import { addWebhookRoute } from './webhook.js';

// A server must not outlive the measurement, however that ends.
process.once('disconnect', () => process.exit());

const app = fastify();
addCheckoutRoute(app);
addReturnPageRoute(app);
addWebhookRoute(app);
await addGraphQLRoute(app);
app.get('/readyz', async () => {
  await pool.query('select 1');
  return { ready: true };
});
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
