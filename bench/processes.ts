/**
 * `npm run bench -- processes`: checkouts sent to one process of the API, and shared between two on the same database.
 * How many one more process is worth is told by the CPU that a checkout takes of the processes together: it needs no
 * machine with cores for all of them. What they wait for of each other, in the database, is in its own figure.
 */
import { randomUUID } from 'node:crypto';
import { runProgram } from '../cli/program.js';
import type { OperationResult } from './figures.js';
import type { LoadRequest } from './load.js';
import { checkStored, firstProduct, seedProducts } from './orders.js';
import { Recorder } from './recorder.js';
import { CheckoutRequests, checkSession } from './requests.js';
import { publish, readBenchOptions } from './results.js';
import { launchApi, onNewShop, type Side, startApi } from './sides.js';

const options = readBenchOptions('processes');
const ROUNDS = options.isQuick ? 3 : 9;
// To each process of a side, so that all get as warm.
const CHECKOUTS = options.isQuick ? 400 : 1_200;

await runProgram(() =>
  onNewShop(
    async (shop, started) => {
      const { em } = shop.orm;
      await seedProducts(em);
      started.push(await startApi(shop.environment));
      started.push(await launchApi(shop.environment), await launchApi(shop.environment));
      const [alone, first, second] = started as [Side, Side, Side];
      const two: Side = { ...first, name: 'two processes', peers: [second] };
      const recorder = await Recorder.on(em);
      const checkouts = new CheckoutRequests(await firstProduct(em));
      await recorder.compare([two, { ...alone, name: 'one process' }], ROUNDS, async (side) => {
        const batch = randomUUID();
        const processes = [side, ...(side.peers ?? [])];
        const shares: LoadRequest[][] = [];
        for (const process of processes) shares.push(await checkouts.of(process, batch, CHECKOUTS));
        await recorder.send(side, 'checkout', interleaved(shares), checkSession);
        await checkStored(em, batch, CHECKOUTS * processes.length);
      });
      const results = recorder.results();
      await publish(options, em, results);
      for (const result of results) printWorth(result);
    },
    { durable: true },
  ),
);

/** One of each in turn. */
function interleaved<Item>(lists: readonly Item[][]): Item[] {
  return (lists[0] ?? []).flatMap((_, index) => lists.flatMap((list) => list.slice(index, index + 1)));
}

function printWorth({ ratio }: OperationResult): void {
  if (ratio === null) return;
  const worth = (2 / ratio.median).toFixed(2);
  console.log(
    `\nTwo processes do ${worth} × the checkouts of one, where each has a core and the database has its own.`,
  );
}
