/**
 * `npm run bench -- limits`: what the protections of the API cost a return page. The production build, next to the same
 * schema and services behind Fastify and Apollo Server as they come, on the same database. Then it is abused: abuse that
 * is not rejected fails the run.
 */
import { runProgram } from '../cli/program.js';
import { measureAbuse } from './abuse.js';
import { seedProducts } from './orders.js';
import { Recorder } from './recorder.js';
import { checkOrder, paidOrders, returnPages } from './requests.js';
import { publish, readBenchOptions } from './results.js';
import { onNewShop, startApi, startOther } from './sides.js';

const options = readBenchOptions('limits');
const ROUNDS = options.isQuick ? 3 : 15;
const ORDERS = options.isQuick ? 1_000 : 2_000;
const SENT_BESIDE_ABUSE = 500;

await runProgram(() =>
  onNewShop(async ({ orm: { em }, environment }, sides) => {
    await seedProducts(em);
    const orders = await paidOrders(em, ORDERS);
    const api = await startApi(environment);
    sides.push(api);
    sides.push(await startOther('unprotected', './limits-bare.ts', environment));
    const recorder = await Recorder.on(em);
    await recorder.compare(sides, ROUNDS, (side) =>
      recorder.send(side, 'return page', returnPages(side, orders), checkOrder),
    );
    await publish(options, em, recorder.results());
    await measureAbuse(`${api.url}/graphql`, returnPages(api, orders.slice(0, SENT_BESIDE_ABUSE)), checkOrder);
  }),
);
