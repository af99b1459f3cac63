/**
 * `npm run bench -- checkout`: a checkout of two products by `createCheckoutSession`, beside the least code that stores
 * the same order, and beside what Apollo Server and type-graphql cost alone. An order that is not stored as it should be
 * fails the run.
 */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { runProgram } from '../cli/program.js';
import type { LoadRequest } from './load.js';
import { firstProduct, PRODUCTS, seedProducts } from './orders.js';
import { Recorder } from './recorder.js';
import { buyerHeaders, CHECKOUT, customer, postJson, returnUrls } from './requests.js';
import { publish, readBenchOptions } from './results.js';
import { graphqlOf, onNewShop, type Side, startApi, startFloor } from './sides.js';

const options = readBenchOptions('checkout');
const ROUNDS = options.isQuick ? 3 : 9;
const CHECKOUTS = options.isQuick ? 400 : 1_200;
// A buyer may have five open holds.
const CHECKOUTS_A_BUYER = 4;

await runProgram(() =>
  onNewShop(
    async ({ orm: { em }, environment }, sides) => {
      await seedProducts(em);
      const api = await startApi({ ...environment, TRUST_PROXY: '1' });
      sides.push(api);
      const floor = await startFloor(environment);
      sides.push(floor, graphqlOf(floor));
      const recorder = await Recorder.on(em);
      const productId = await firstProduct(em);
      let buyers = 0;
      await recorder.compare(sides, ROUNDS, async (side) => {
        const batch = randomUUID();
        const requests: LoadRequest[] = [];
        for (let number = 0; number < CHECKOUTS; number += 1) {
          if (number % CHECKOUTS_A_BUYER === 0) buyers += 1;
          requests.push(await checkout(side, `${batch}-${buyers}`, buyers, productId + ((number * 2) % PRODUCTS)));
        }
        await recorder.send(side, 'checkout', requests, checkAnswer);
        if (side.kind !== 'graphql') await checkStored(em, batch);
      });
      await publish(options, em, recorder.results());
    },
    { durable: true },
  ),
);

/** One piece of a product, and two of the next. */
async function checkout(side: Side, buyer: string, number: number, productId: number): Promise<LoadRequest> {
  const items = [
    { id: productId, quantity: 1 },
    { id: productId + 1, quantity: 2 },
  ];
  if (side.kind === 'floor') return postJson(`${side.url}/checkout`, { buyer, items, customer, ...returnUrls });
  const products = items.map((item) => ({ ...item, type: 'PRODUCT' }));
  const input = { items: products, customerInfo: customer, ...returnUrls, idempotencyKey: randomUUID() };
  const body = { query: CHECKOUT, variables: { input } };
  return postJson(`${side.url}/graphql`, body, await buyerHeaders(buyer, number));
}

function checkAnswer(body: string): void {
  if (body.includes('"errors"') || !body.includes('"url":"http')) throw new Error(`No session in the answer: ${body}`);
}

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
