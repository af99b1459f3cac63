/**
 * `npm run bench -- return-page`: `orderBySession` of a paid order with two lines, 27 fields, beside one join by hand, and
 * beside what Apollo Server and type-graphql cost alone.
 */
import { runProgram } from '../cli/program.js';
import { seedProducts } from './orders.js';
import { Recorder } from './recorder.js';
import { checkOrder, paidOrders, returnPages } from './requests.js';
import { publish, readBenchOptions } from './results.js';
import { graphqlOf, onNewShop, startBoth } from './sides.js';

const options = readBenchOptions('return-page');
const ROUNDS = options.isQuick ? 3 : 9;
const ORDERS = options.isQuick ? 1_000 : 3_000;

await runProgram(() =>
  onNewShop(
    async (shop, sides) => {
      const { em } = shop.orm;
      await seedProducts(em);
      const orders = await paidOrders(em, ORDERS);
      const { api, floor } = await startBoth(shop);
      sides.push(api, floor, graphqlOf(floor));
      const recorder = await Recorder.on(em);
      await recorder.compare(sides, ROUNDS, (side) =>
        recorder.send(side, 'return page', returnPages(side, orders), checkOrder),
      );
      await publish(options, em, recorder.results());
    },
    { durable: true },
  ),
);
