/** A server that runs, as the commands that try it out reach it: its GraphQL API, and the simulator's payment page. */
import { DEFAULT_SIMULATOR_PORT, demoEnvironment, withoutBlanks } from '../demo/environment.js';
import { demoToken } from '../demo/tokens.js';
import { CommandError, UsageError } from './program.js';

const PAID_WITHIN_MS = 20_000;
const POLL_INTERVAL_MS = 250;
const ORDER_QUERY = 'query Return($sessionId: ID!) { orderBySession(sessionId: $sessionId) { id number status } }';

/** Where the server is, and the caller's token. */
export interface Api {
  url: string;
  token: string;
}

interface GraphQLError {
  message: string;
  extensions?: { code?: string; [detail: string]: unknown };
}

export interface GraphQLResult<Data> {
  data?: Data | null;
  errors?: GraphQLError[];
}

interface OrderData {
  orderBySession: { id: string; number: string | null; status: string } | null;
}

/** Where the demo's API is unless a command names another. */
export function defaultUrl(): string {
  return `http://127.0.0.1:${process.env.PORT || demoEnvironment.PORT}/graphql`;
}

/** @param url of the API, with or without its path @throws UsageError */
export function graphqlUrl(usage: string, url: string): string {
  if (!URL.canParse(url)) throw new UsageError(`"${url}" is no URL. ${usage}`);
  const address = new URL(url);
  if (address.pathname === '/') address.pathname = '/graphql';
  return address.href;
}

/** Where the demo's simulator is unless its pages say otherwise: on the machine of the API. */
export function simulatorOf({ url }: Api): string {
  return `http://${new URL(url).hostname}:${process.env.STRIPE_SIMULATOR_PORT || DEFAULT_SIMULATOR_PORT}`;
}

/** What time it is by a simulator, and so by its demo; by this machine where no simulator is. */
export async function timeAt(simulatorUrl: string): Promise<Date> {
  const response = await fetch(`${simulatorUrl}/_simulator/clock`).catch(() => null);
  const { now } = (response?.ok ? await response.json() : { now: Date.now() }) as { now: string | number };
  return new Date(now);
}

/** Where buyers are sent back to. */
export function returnOriginOf(url: string): string {
  return process.env.CHECKOUT_RETURN_ORIGINS?.split(',')[0] || new URL(url).origin;
}

/** A token as the demo signs them. @throws CommandError where an identity provider does */
export async function tokenOf(subject: string, option: string, roles: readonly string[] = []): Promise<string> {
  const token = await demoToken({ ...demoEnvironment, ...withoutBlanks(process.env) }, subject, roles);
  if (!token) throw new CommandError(`Give a token with --${option}.`);
  return token;
}

/** @throws CommandError for every error of the operation */
export async function send<Data>(api: Api, body: object): Promise<Data> {
  const { data, errors } = await ask<Data>(api, body);
  const problems = errors?.map(({ message, extensions }) => `${extensions?.code}: ${message}`);
  if (problems || !data) throw new CommandError(problems?.join('\n') ?? `${api.url} responds without data.`);
  return data;
}

/** @throws CommandError where nothing answers there, or something that is no GraphQL API */
export async function ask<Data>({ url, token }: Api, body: object): Promise<GraphQLResult<Data>> {
  const response = await reach(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const answer = parsed<GraphQLResult<Data>>(text);
  if (answer === null)
    throw new CommandError(`${url} responds with HTTP ${response.status} without JSON: correct --url.`);
  if (!answer.data && !answer.errors) throw new CommandError(`HTTP ${response.status}: ${text}`);
  return answer;
}

/** @throws CommandError where nothing answers */
export async function reach(url: string, request: RequestInit = {}): Promise<Response> {
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

/** The payment page's form, as a browser would send it. @returns where the buyer is sent to */
export async function payOnSimulator(url: string, cardNumber = '4242424242424242'): Promise<string | null> {
  if (new URL(url).hostname.endsWith('stripe.com')) {
    throw new CommandError(
      'Commands pay on the simulator only: open the page and pay with 4242 4242 4242 4242, or start npm run demo without STRIPE_SECRET_KEY.',
    );
  }
  const response = await reach(url, {
    method: 'POST',
    body: new URLSearchParams({ card_number: cardNumber }),
    redirect: 'manual',
  });
  if (response.status !== 303)
    throw new CommandError(`The payment page responded with ${response.status} instead of a redirect.`);
  return response.headers.get('location');
}

/** @returns the number of the order */
export async function waitUntilPaid(api: Api, sessionId: string): Promise<string> {
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
