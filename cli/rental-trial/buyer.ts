/** The buyer at Stripe's payment page, and at the bank's. */
import { CommandError } from '../program.js';
import { payOnSimulator, reach } from '../running-server.js';

const BACK_TO_THE_SHOP = 303;
const TRY_ANOTHER_CARD = 402;

/** Asks for the buyer once, and pays without them from then on. */
export const ASKS_ONCE = '4000002500003155';
/** Asks for the buyer at every payment. */
export const ALWAYS_ASKS = '4000002760003184';

/** @param answer what the buyer does where the bank asks them @throws CommandError unless it asks */
export async function payByCard(url: string, card: string, answer: 'complete' | 'fail' = 'complete'): Promise<void> {
  const next = new URL((await payOnSimulator(url, card)) ?? '', url).href;
  if (!next.endsWith('/authenticate')) throw new CommandError(`The bank of ${card} does not ask for the buyer.`);
  const response = await reach(next, {
    method: 'POST',
    body: new URLSearchParams({ outcome: answer }),
    redirect: 'manual',
  });
  const expected = answer === 'complete' ? BACK_TO_THE_SHOP : TRY_ANOTHER_CARD;
  if (response.status === expected) return;
  throw new CommandError(`The bank's page: expected HTTP ${expected}, simulator ${response.status}`);
}
