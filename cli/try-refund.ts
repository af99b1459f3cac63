/**
 * `npm run comptoir -- try-refund`: sells, refunds, disputes and releases goods on a running demo, and sees after each
 * step whether the API, the timeline, the catalogue, the database and Stripe say the same. Exit code 0 if they do, else 1.
 */
import { runProgram } from './program.js';
import { DatabaseWitness } from './refund-trial/database-witness.js';
import { MAX_PIECES, SCENARIOS, type Scenario } from './refund-trial/scenarios.js';
import { findGoods, type Goods, putBackOnOffer, sell, type TrialApi } from './refund-trial/shop.js';
import { shopWitnesses } from './refund-trial/shop-witnesses.js';
import { paymentIntentOf } from './refund-trial/stripe.js';
import { stripeWitnesses } from './refund-trial/stripe-witnesses.js';
import { StepFailed, Trial } from './refund-trial/trial.js';
import { NO_DATABASE, readTrialOptions } from './trial-options.js';

await runProgram(async () => {
  const { withinMs, secretKey, api, databaseUrl } = await readTrialOptions('try-refund');
  const database = databaseUrl === null ? null : await DatabaseWitness.at(databaseUrl);
  try {
    const goods = await findGoods(api, MAX_PIECES);
    if (database === null) console.log(NO_DATABASE);
    let failed = 0;
    for (const scenario of SCENARIOS) {
      if (!(await agree(scenario, goods, { withinMs, secretKey, api, database }))) failed += 1;
    }
    if (failed > 0) process.exitCode = 1;
    console.log(failed === 0 ? 'All witnesses agree.' : whatToDo(failed));
  } finally {
    // An open connection would keep the program from ending.
    await database?.close();
  }
});

interface Setting {
  withinMs: number;
  secretKey: string;
  api: TrialApi;
  database: DatabaseWitness | null;
}

/** @returns whether all of its steps went well */
async function agree({ title, pieces, rents, play }: Scenario, goods: Goods, setting: Setting): Promise<boolean> {
  const { withinMs, secretKey, api, database } = setting;
  const { url, ...order } = await sell(api, goods, pieces, rents);
  // The payment page is the simulator's own.
  const stripe = { url: new URL(url).origin, secretKey };
  const paymentIntent = await paymentIntentOf(stripe, order.sessionId);
  console.log(`${title}: order ${order.id}, ${paymentIntent}`);
  const sources = [
    () => shopWitnesses(api.staff, order),
    () => stripeWitnesses(stripe, paymentIntent, order.currency),
    ...(database === null ? [] : [() => database.statements(order)]),
  ];
  const trial = new Trial({ sources, withinMs, print: (line) => console.log(line) });
  try {
    await play({ api, stripe, order, paymentIntent, trial });
    return true;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    // The next trial finds a shop that sells.
    console.log(`        ${await putBackOnOffer(api, order)}`);
    return false;
  }
}

function whatToDo(failed: number): string {
  return [
    `${failed} of ${SCENARIOS.length} ended early: see FAILED above.`,
    'Where the API lags behind Stripe, webhooks or jobs are late: see what the demo prints, or wait with --within 120.',
    'Where "pieces taken" or "units taken" differ, somebody else was buying: try again.',
  ].join('\n');
}
