/**
 * `npm run comptoir -- try-checkout [--url …] [--token …] [--origin …] [--pay]`: sends the original request to a
 * running server and prints the payment page; with --pay, pays there (on the simulator) and waits for the order to be
 * PAID.
 */
import { demoEnvironment, withoutBlanks } from '../demo/environment.js';
import { checkoutRequest } from '../demo/request.js';
import { demoToken } from '../demo/tokens.js';
import { CommandError, readArguments, runProgram, UsageError } from './program.js';

const PAID_WITHIN_MS = 20_000;
const POLL_INTERVAL_MS = 250;
const ORDER_QUERY = 'query Return($sessionId: ID!) { orderBySession(sessionId: $sessionId) { id number status } }';

const USAGE = 'Usage: npm run comptoir -- try-checkout [--url URL] [--token TOKEN] [--origin ORIGIN] [--pay]';

/** Where the server is, and the caller's token. */
interface Api {
  url: string;
  token: string;
}

interface GraphQLResult<Data> {
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

await runProgram(async () => {
  const { url, pay, ...given } = readOptions();
  if (!URL.canParse(url)) throw new UsageError(`"${url}" is no URL. ${USAGE}`);
  const address = new URL(url);
  // The API's address alone will do.
  if (address.pathname === '/') address.pathname = '/graphql';
  const origin = given.origin || process.env.CHECKOUT_RETURN_ORIGINS?.split(',')[0] || new URL(url).origin;
  // A buyer of its own each time: the same buyer's same basket within a minute would be the same order.
  const buyer = `try-checkout-${Date.now()}`;
  const token = given.token ?? (await demoToken({ ...demoEnvironment, ...withoutBlanks(process.env) }, buyer));
  if (!token) throw new CommandError('Give a token with --token.');
  const api = { url: address.href, token };
  const { createCheckoutSession: checkout } = await send<CheckoutData>(api, checkoutRequest(origin));
  console.log(`Order ${checkout.order.id} over ${checkout.order.total.formatted}: ${checkout.order.status}`);
  console.log(`Pay at ${checkout.url ?? 'no page: it can no longer be paid'}`);
  if (!pay) return;
  if (!checkout.url) throw new CommandError('There is no payment page to pay on.');
  await payOnSimulator(checkout.url);
  console.log(`Order ${await waitUntilPaid(api, checkout.sessionId)} is PAID.`);
});

function readOptions() {
  const url = `http://127.0.0.1:${process.env.PORT || demoEnvironment.PORT}/graphql`;
  return readArguments(USAGE, {
    url: { type: 'string', default: url },
    token: { type: 'string' },
    origin: { type: 'string' },
    pay: { type: 'boolean', default: false },
  }).values;
}

/** @throws CommandError where nothing answers there, or something that is no GraphQL API */
async function send<Data>({ url, token }: Api, body: object): Promise<Data> {
  const response = await reach(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const answer = parsed<GraphQLResult<Data>>(text);
  if (answer === null)
    throw new CommandError(`${url} responds with HTTP ${response.status} without JSON: correct --url.`);
  const problems = answer.errors?.map(({ message, extensions }) => `${extensions?.code}: ${message}`);
  if (problems || !answer.data) throw new CommandError(problems?.join('\n') ?? `HTTP ${response.status}: ${text}`);
  return answer.data;
}

async function reach(url: string, request: RequestInit): Promise<Response> {
  return fetch(url, request).catch(({ message, cause }: Error) => {
    const reason = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
    throw new CommandError(
      `Nothing responds at ${url} (${reason}): npm run demo starts a server, --url names another.`,
    );
  });
}

function parsed<Body>(text: string): Body | null {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return null;
  }
}

/** The payment page's form, as a browser would send it. */
async function payOnSimulator(url: string): Promise<void> {
  if (new URL(url).hostname.endsWith('stripe.com')) {
    throw new CommandError('--pay works on the simulator only: open the page and pay with 4242 4242 4242 4242.');
  }
  const response = await reach(url, {
    method: 'POST',
    body: new URLSearchParams({ card_number: '4242424242424242' }),
    redirect: 'manual',
  });
  if (response.status !== 303)
    throw new CommandError(`The payment page responded with ${response.status} instead of a redirect.`);
  console.log(`Paid; the buyer is sent to ${response.headers.get('location')}`);
}

async function waitUntilPaid(api: Api, sessionId: string): Promise<string> {
  const deadline = Date.now() + PAID_WITHIN_MS;
  let status = 'unknown';
  while (Date.now() < deadline) {
    const { orderBySession: order } = await send<OrderData>(api, { query: ORDER_QUERY, variables: { sessionId } });
    if (order?.status === 'PAID') return order.number ?? order.id;
    status = order?.status ?? 'not found';
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
  throw new CommandError(
    `The order is ${status} ${PAID_WITHIN_MS / 1000} s after it was paid: does the webhook arrive?`,
  );
}
