/**
 * `npm run comptoir -- try-checkout [--url …] [--token …] [--origin …] [--pay]`: sends the original request to a
 * running server and prints the payment page; with --pay, pays there (on the simulator) and waits for the order to be
 * PAID.
 */
import { checkoutRequest } from '../demo/request.js';
import { CommandError, readArguments, runProgram } from './program.js';
import {
  defaultUrl,
  graphqlUrl,
  payOnSimulator,
  returnOriginOf,
  send,
  tokenOf,
  waitUntilPaid,
} from './running-server.js';

const USAGE = 'Usage: npm run comptoir -- try-checkout [--url URL] [--token TOKEN] [--origin ORIGIN] [--pay]';

interface CheckoutData {
  createCheckoutSession: {
    sessionId: string;
    url: string | null;
    order: { id: string; status: string; total: { formatted: string } };
  };
}

await runProgram(async () => {
  const { pay, ...given } = readOptions();
  const url = graphqlUrl(USAGE, given.url);
  const origin = given.origin || returnOriginOf(url);
  // A buyer of its own each time: the same buyer's same basket within a minute would be the same order.
  const token = given.token ?? (await tokenOf(`try-checkout-${Date.now()}`, 'token'));
  const api = { url, token };
  const { createCheckoutSession: checkout } = await send<CheckoutData>(api, checkoutRequest(origin));
  console.log(`Order ${checkout.order.id} over ${checkout.order.total.formatted}: ${checkout.order.status}`);
  console.log(`Pay at ${checkout.url ?? 'no page: it can no longer be paid'}`);
  if (!pay) return;
  if (!checkout.url) throw new CommandError('There is no payment page to pay on.');
  console.log(`Paid; the buyer is sent to ${await payOnSimulator(checkout.url)}`);
  console.log(`Order ${await waitUntilPaid(api, checkout.sessionId)} is PAID.`);
});

function readOptions() {
  return readArguments(USAGE, {
    url: { type: 'string', default: defaultUrl() },
    token: { type: 'string' },
    origin: { type: 'string' },
    pay: { type: 'boolean', default: false },
  }).values;
}
