/**
 * `npm run bench -- checkout`: a checkout of two products by `createCheckoutSession`, beside the least code that stores
 * the same order, and beside what Apollo Server and type-graphql cost alone. An order that is not stored as it should be
 * fails the run.
 */
import { randomUUID } from 'node:crypto';
import { runProgram } from '../cli/program.js';
import { checkStored, firstProduct, seedProducts } from './orders.js';
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
        if (side.kind !== 'graphql') await checkStored(em, batch, CHECKOUTS);
      });
      await publish(options, em, recorder.results());
    },
    { durable: true },
  ),
);
