/**
 * `npm run bench -- limits [--quick]`: what the protections of the API cost an ordinary request. The production build
 * answers `orderBySession` for paid orders of many buyers, next to the same schema and services behind Fastify and
 * Apollo Server as they come, on the same database, in alternating rounds. Then it is abused. Figures are printed; an
 * response without its order, or abuse that is not rejected, fails the run.
 */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { isQuickRun, runProgram } from '../cli/program.js';
import { demoToken } from '../demo/tokens.js';
import { measureAbuse } from './abuse.js';
import { type LoadRequest, type Measured, printMeasured, printRatio, sendAll } from './load.js';
import { seedOrders, seedProducts } from './orders.js';
import { benchEnvironment, onNewShop, type Side, startApi, startOther } from './sides.js';

const isQuick = isQuickRun('bench -- limits');
const ROUNDS = isQuick ? 5 : 15;
const REQUESTS = 2_000;
const IN_FLIGHT = 10;
/** As a page asks that its buyer came back to. */
const QUERY = `query ($sessionId: ID!) {
  orderBySession(sessionId: $sessionId) {
    id number status createdAt paidAt
    total { amount currency formatted }
    lines { type name quantity days unitPrice { amount } amount { amount currency } }
    customer { firstName lastName email city country }
  }
}`;

await runProgram(() =>
  onNewShop(async ({ orm, environment }, sides) => {
    const orders = await paidOrders(orm.em);
    // Every request comes from an address of its own, so that the counters work and reject nobody.
    const api = await startApi({ ...environment, TRUST_PROXY: '1' });
    sides.push(api);
    sides.push(await startOther('unprotected', './limits-bare.ts', environment));
    await compare(sides, orders);
    await measureAbuse(`${api.url}/graphql`, to(api.url, orders.slice(0, 500)), checkResponse);
  }),
);

/** One order a buyer: paid, so that nobody has to ask Stripe. @returns what the buyers send, without the URL */
async function paidOrders(em: EntityManager): Promise<Omit<LoadRequest, 'url'>[]> {
  await seedProducts(em);
  const batch = randomUUID();
  const checkouts = await seedOrders(em, batch, REQUESTS);
  await em.fork().execute(
    `update orders set buyer_id = buyer_id || id, status = 'PAID', paid_at = now(), number = left(id::text, 20)
     where buyer_id = ?`,
    [batch],
  );
  return Promise.all(
    checkouts.map(({ orderId, sessionId }, index) => requestOf(`${batch}${orderId}`, sessionId, index)),
  );
}

async function requestOf(buyer: string, sessionId: string, index: number): Promise<Omit<LoadRequest, 'url'>> {
  return {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${await demoToken(benchEnvironment, buyer)}`,
      'X-Forwarded-For': `10.0.${index >> 8}.${index & 255}`,
    },
    body: Buffer.from(JSON.stringify({ query: QUERY, variables: { sessionId } })),
  };
}

async function compare(both: Side[], orders: Omit<LoadRequest, 'url'>[]): Promise<void> {
  console.log(`${REQUESTS} requests a round, ${IN_FLIGHT} in flight, ${ROUNDS} rounds of each side in turn\n`);
  const rounds: Measured[][] = both.map(() => []);
  // Once before it counts, for the compilers and the connections of both.
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [index, { url }] of both.entries()) {
      const measured = await sendAll(to(url, orders), IN_FLIGHT, checkResponse);
      if (round >= 0) rounds[index]?.push(measured);
    }
  }
  const [ours = [], bare = []] = rounds;
  for (const [index, measured] of rounds.entries()) printMeasured(both[index]?.name ?? '', measured);
  printRatio(ours, bare);
}

function to(url: string, orders: readonly Omit<LoadRequest, 'url'>[]): LoadRequest[] {
  return orders.map((order) => ({ ...order, url: `${url}/graphql` }));
}

function checkResponse(body: string): void {
  if (JSON.parse(body).data?.orderBySession?.status !== 'PAID') throw new Error(`No order in the response: ${body}`);
}
