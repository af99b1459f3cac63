/**
 * `npm run bench -- return-page`: `orderBySession` of a paid order with two lines, 27 fields, beside one join by hand, and
 * beside what Apollo Server and type-graphql cost alone.
 */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { runProgram } from '../cli/program.js';
import type { LoadRequest } from './load.js';
import { payOrders, seedOrders, seedProducts } from './orders.js';
import { Recorder } from './recorder.js';
import { type BuyerHeaders, buyerHeaders, postJson, RETURN_PAGE } from './requests.js';
import { publish, readBenchOptions } from './results.js';
import { graphqlOf, onNewShop, type Side, startApi, startFloor } from './sides.js';

const options = readBenchOptions('return-page');
const ROUNDS = options.isQuick ? 3 : 9;
const ORDERS = options.isQuick ? 1_000 : 3_000;

/** A paid order, and the headers of its buyer. */
interface PaidOrder {
  sessionId: string;
  headers: BuyerHeaders;
}

await runProgram(() =>
  onNewShop(
    async ({ orm: { em }, environment }, sides) => {
      await seedProducts(em);
      const orders = await paidOrders(em);
      const api = await startApi({ ...environment, TRUST_PROXY: '1' });
      sides.push(api);
      const floor = await startFloor(environment);
      sides.push(floor, graphqlOf(floor));
      const recorder = await Recorder.on(em);
      await recorder.compare(sides, ROUNDS, (side) =>
        recorder.send(
          side,
          'return page',
          orders.map((order) => requestOf(side, order)),
          checkAnswer,
        ),
      );
      await publish(options, em, recorder.results());
    },
    { durable: true },
  ),
);

/** One order a buyer. */
async function paidOrders(em: EntityManager): Promise<PaidOrder[]> {
  const batch = randomUUID();
  const checkouts = await seedOrders(em, batch, ORDERS, 2);
  await payOrders(em, batch);
  return Promise.all(
    checkouts.map(async ({ orderId, sessionId }, index) => ({
      sessionId,
      headers: await buyerHeaders(`${batch}${orderId}`, index),
    })),
  );
}

function requestOf(side: Side, { sessionId, headers }: PaidOrder): LoadRequest {
  if (side.kind === 'floor') {
    return { method: 'GET', url: `${side.url}/orders/${sessionId}`, headers: {}, body: Buffer.alloc(0) };
  }
  return postJson(`${side.url}/graphql`, { query: RETURN_PAGE, variables: { sessionId } }, headers);
}

function checkAnswer(body: string): void {
  const isWhole = body.includes('"status":"PAID"') && body.split('"unitPrice"').length === 3;
  if (!isWhole || body.includes('"errors"')) throw new Error(`No order in the answer: ${body}`);
}
