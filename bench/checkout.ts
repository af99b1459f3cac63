/**
 * `npm run bench -- checkout`: a checkout of two products by `createCheckoutSession`, beside the least code that stores
 * the same order, and beside what Apollo Server and type-graphql cost alone. An order that is not stored as it should be
 * fails the run.
 */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { runProgram } from '../cli/program.js';
import { firstProduct, seedProducts } from './orders.js';
import { Recorder } from './recorder.js';
import { CheckoutRequests, checkSession } from './requests.js';
import { publish, readBenchOptions } from './results.js';
import { graphqlOf, onNewShop, startBoth } from './sides.js';

const options = readBenchOptions('checkout');
const ROUNDS = options.isQuick ? 3 : 9;
const CHECKOUTS = options.isQuick ? 400 : 1_200;

await runProgram(() =>
  onNewShop(
    async (shop, sides) => {
      const { em } = shop.orm;
      await seedProducts(em);
      const { api, floor } = await startBoth(shop);
      sides.push(api, floor, graphqlOf(floor));
      const recorder = await Recorder.on(em);
      const checkouts = new CheckoutRequests(await firstProduct(em));
      await recorder.compare(sides, ROUNDS, async (side) => {
        const batch = randomUUID();
        await recorder.send(side, 'checkout', await checkouts.of(side, batch, CHECKOUTS), checkSession);
        if (side.kind !== 'graphql') await checkStored(em, batch);
      });
      await publish(options, em, recorder.results());
    },
    { durable: true },
  ),
);

/** Each order is there with its session, both lines held, and the first row of its timeline. */
async function checkStored(em: EntityManager, batch: string): Promise<void> {
  const [stored] = await em.fork().execute<{ count: number }[]>(
    `select count(*)::int as count from orders o where buyer_id like ? || '%' and status = 'PENDING'
       and checkout_session_id is not null and checkout_url is not null
       and (select sum(l.quantity) from order_lines l where l.order_id = o.id and l.hold_state = 'HELD') = 3
       and (select count(*) from order_events e where e.order_id = o.id) = 1`,
    [batch],
  );
  if (stored?.count !== CHECKOUTS) throw new Error(`Of ${CHECKOUTS} orders, ${stored?.count} are as they should be.`);
  const [stock] = await em.fork().execute<{ held: number; wanted: number }[]>(
    `select (select sum(held)::int from product_stocks) as held,
       (select sum(quantity)::int from order_lines where hold_state = 'HELD') as wanted`,
  );
  if (stock?.held !== stock?.wanted) throw new Error(`The stock is wrong: ${JSON.stringify(stock)}`);
}
