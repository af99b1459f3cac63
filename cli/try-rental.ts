/**
 * `npm run comptoir -- try-rental`: rents equipment with a deposit on a running demo, keeps it too long, captures,
 * charges and refunds, days in a minute by the demo's clock, and sees after each step whether the API, the timeline, the
 * database and Stripe say the same. Exit code 0 if they do, else 1.
 */
import { runProgram } from './program.js';
import { StepFailed, Trial } from './refund-trial/trial.js';
import { DatabaseWitness } from './rental-trial/database-witness.js';
import { findEquipment, rent, tidyUp } from './rental-trial/rental.js';
import { shopWitnesses } from './rental-trial/shop-witnesses.js';
import { STORIES, type Story } from './rental-trial/stories.js';
import { stripeWitnesses } from './rental-trial/stripe-witnesses.js';
import { type Api, simulatorOf, timeAt } from './running-server.js';
import { NO_DATABASE, readTrialOptions, type TrialOptions } from './trial-options.js';

await runProgram(async () => {
  const options = await readTrialOptions('try-rental');
  const database = options.databaseUrl === null ? null : await DatabaseWitness.at(options.databaseUrl);
  try {
    // What is wrong with the server is said first.
    await findEquipment(options.api);
    if (database === null) console.log(NO_DATABASE);
    let failed = 0;
    for (const story of STORIES) {
      if (!(await agree(story, options, database))) failed += 1;
    }
    if (failed > 0) process.exitCode = 1;
    console.log(failed === 0 ? 'All witnesses agree.' : whatToDo(failed));
    console.log(await whatIsLeft(options.api.staff));
  } finally {
    // An open connection would keep the program from ending.
    await database?.close();
  }
});

/** @returns whether all of its steps went well */
async function agree(
  { title, card, play }: Story,
  { api, secretKey, withinMs }: TrialOptions,
  database: DatabaseWitness | null,
): Promise<boolean> {
  const rented = await rent(api, await findEquipment(api), card);
  const stripe = { url: rented.simulatorUrl, secretKey };
  const { name, startDate, returnDate, id } = rented;
  console.log(`${title}: ${name}, from ${startDate} to ${returnDate}, order ${id}`);
  const sources = [
    () => shopWitnesses(api.staff, rented),
    () => stripeWitnesses(stripe, rented),
    ...(database === null ? [] : [() => database.statements(rented)]),
  ];
  const trial = new Trial({ sources, withinMs, print: (line) => console.log(line) });
  try {
    await play({ api, stripe, rented, trial });
    return true;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    // The next trial finds a shop that rents.
    console.log(`        ${await tidyUp(api, rented)}`);
    return false;
  }
}

function whatToDo(failed: number): string {
  return [
    `${failed} of ${STORIES.length} ended early: see FAILED above.`,
    'Where the API lags behind Stripe, webhooks or jobs are late: see what the demo prints, or wait with --within 120.',
    'Where nothing changes once the clock has moved, the server has a clock of its own: only the demo follows its simulator’s.',
  ].join('\n');
}

/** What happened at Stripe did so at its time: the clock does not go back to where it was. */
async function whatIsLeft(staff: Api): Promise<string> {
  const now = await timeAt(simulatorOf(staff));
  const days = Math.round((now.getTime() - Date.now()) / 86_400_000);
  const left = `The demo's clock stays where the trial ended: ${now.toISOString()}, ${days} days ahead.`;
  return `${left} Its orders and payments stay too; another DEMO_DATA_DIRECTORY begins today.`;
}
