/**
 * `npm run try-checkout -- [--url …] [--token …] [--origin …] [--pay]`: sends the original request to a running
 * server and prints the payment page; with --pay, pays there (on the simulator) and waits for the order to be PAID.
 */
import { parseArgs } from 'node:util';
import { demoEnvironment, withoutBlanks } from '../src/demo/environment.js';
import { checkoutRequest } from '../src/demo/request.js';
import { demoToken } from '../src/demo/tokens.js';

const PAID_WITHIN_MS = 20_000;
const POLL_INTERVAL_MS = 250;
const ORDER_QUERY = 'query Return($sessionId: ID!) { orderBySession(sessionId: $sessionId) { id number status } }';

interface GraphQLAnswer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

interface CheckoutData {
  createCheckoutSession: {
    sessionId: string;
    url: string | null;
    order: { id: string; status: string; total: { formatted: string } };
  };
}

interface OrderData {
  orderBySession: { id: string; number: string | null; status: string } | null;
}

const values = readOptions();

try {
  // A buyer of its own each time: the same buyer's same basket within a minute would be the same order.
  const buyer = `try-checkout-${Date.now()}`;
  const token = values.token ?? (await demoToken({ ...demoEnvironment, ...withoutBlanks(process.env) }, buyer));
  if (!token) throw new Error('Give a token with --token.');
  const { createCheckoutSession: checkout } = await send<CheckoutData>(checkoutRequest(values.origin), token);
  console.log(`Order ${checkout.order.id} over ${checkout.order.total.formatted}: ${checkout.order.status}`);
  console.log(`Pay at ${checkout.url ?? 'no page: it can no longer be paid'}`);
  if (values.pay) {
    if (!checkout.url) throw new Error('There is no payment page to pay on.');
    await payOnSimulator(checkout.url);
    console.log(`Order ${await waitUntilPaid(checkout.sessionId, token)} is PAID.`);
  }
} catch (error) {
  console.error(error instanceof Error ? `${error.message}${causeOf(error)}` : error);
  process.exitCode = 1;
}

function readOptions() {
  const origin = process.env.CHECKOUT_RETURN_ORIGINS?.split(',')[0] || 'http://localhost:3000';
  const url = `http://127.0.0.1:${process.env.PORT || demoEnvironment.PORT}/graphql`;
  try {
    return parseArgs({
      options: {
        url: { type: 'string', default: url },
        token: { type: 'string' },
        origin: { type: 'string', default: origin },
        pay: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

async function send<Data>(body: object, token: string): Promise<Data> {
  const response = await fetch(values.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as GraphQLAnswer<Data>;
  const problems = answer.errors?.map(({ message, extensions }) => `${extensions?.code}: ${message}`);
  if (problems || !answer.data) throw new Error(problems?.join('\n') ?? `HTTP ${response.status} without data`);
  return answer.data;
}

/** The payment page's form, as a browser would send it. */
async function payOnSimulator(url: string): Promise<void> {
  if (new URL(url).hostname.endsWith('stripe.com')) {
    throw new Error('--pay works on the simulator only: open the page and pay with 4242 4242 4242 4242.');
  }
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ card_number: '4242424242424242' }),
    redirect: 'manual',
  });
  if (response.status !== 303) throw new Error(`The payment page answered ${response.status} instead of a redirect.`);
  console.log(`Paid; the buyer is sent to ${response.headers.get('location')}`);
}

async function waitUntilPaid(sessionId: string, token: string): Promise<string> {
  const deadline = Date.now() + PAID_WITHIN_MS;
  let status = 'unknown';
  while (Date.now() < deadline) {
    const { orderBySession: order } = await send<OrderData>({ query: ORDER_QUERY, variables: { sessionId } }, token);
    if (order?.status === 'PAID') return order.number ?? order.id;
    status = order?.status ?? 'not found';
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
  throw new Error(`The order is ${status} ${PAID_WITHIN_MS / 1000} s after it was paid: does the webhook arrive?`);
}

function causeOf({ cause }: Error): string {
  return cause instanceof Error ? ` (${cause.message || (cause as NodeJS.ErrnoException).code})` : '';
}
