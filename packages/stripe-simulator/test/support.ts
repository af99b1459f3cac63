/** What the simulator's tests share: a running simulator, the real SDK aimed at it, and a webhook endpoint of one's own. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import Stripe from 'stripe';
import { type StripeSimulator, type StripeSimulatorOptions, startStripeSimulator } from '../src/index.js';

const WEBHOOK_SECRET = 'whsec_test_secret';
export const PAID_CARD = '4242424242424242';
export const DECLINED_CARD = '4000000000000002';

type SessionParameters = Stripe.Checkout.SessionCreateParams;

const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Runs at the end of the test, the latest first. */
export function atEnd(cleanUp: () => Promise<void>): void {
  cleanUps.push(cleanUp);
}

export async function startSimulator(options: StripeSimulatorOptions = {}): Promise<StripeSimulator> {
  const simulator = await startStripeSimulator(options);
  atEnd(() => simulator.close());
  return simulator;
}

export function stripeClient(
  { host, port }: Pick<StripeSimulator, 'host' | 'port'>,
  key = 'sk_test_x',
  config: Stripe.StripeConfig = {},
): Stripe {
  return new Stripe(key, { host, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false, ...config });
}

/** A simulator and a client for it, for the tests that need nothing else. */
export async function start(options: StripeSimulatorOptions = {}) {
  const simulator = await startSimulator(options);
  return { simulator, stripe: stripeClient(simulator) };
}

/** A clock that stands still until it is moved. */
export class TestClock {
  #now = new Date('2026-03-02T10:00:00.400Z');

  now(): Date {
    return this.#now;
  }

  seconds(): number {
    return Math.floor(this.#now.getTime() / 1000);
  }

  advanceSeconds(seconds: number): void {
    this.#now = new Date(this.#now.getTime() + seconds * 1000);
  }
}

export function lineItem(name = 'Coffee', unitAmount = 1250, quantity = 1, currency = 'eur') {
  return { quantity, price_data: { currency, unit_amount: unitAmount, product_data: { name } } };
}

export function sessionParameters(changes: Partial<SessionParameters> = {}): SessionParameters {
  return {
    mode: 'payment',
    line_items: [lineItem()],
    success_url: 'http://localhost:3000/success?session_id={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://localhost:3000/cart',
    ...changes,
  };
}

/** Submits the checkout form without following the redirect. */
export function submitCard(
  session: { url: string | null },
  cardNumber: string,
  fields: Record<string, string> = {},
): Promise<Response> {
  const body = new URLSearchParams({ card_number: cardNumber, ...fields });
  return fetch(pageUrl(session), { method: 'POST', body, redirect: 'manual' });
}

/** The types of all events so far, oldest first. */
export async function eventTypes(stripe: Stripe): Promise<string[]> {
  const { data } = await stripe.events.list({ limit: 100 });
  return data.map(({ type }) => type).reverse();
}

export async function paymentOf(stripe: Stripe, sessionId: string): Promise<Stripe.PaymentIntent> {
  const { payment_intent } = await stripe.checkout.sessions.retrieve(sessionId);
  if (typeof payment_intent !== 'string') throw new Error('The session has no PaymentIntent.');
  return stripe.paymentIntents.retrieve(payment_intent);
}

/** The charge of the latest attempt to pay. */
export function chargeOf(stripe: Stripe, { latest_charge: id }: Stripe.PaymentIntent): Promise<Stripe.Charge> {
  if (typeof id !== 'string') throw new Error('The PaymentIntent has no charge.');
  return stripe.charges.retrieve(id);
}

/** The object of the latest event of the type, as it was then. */
export async function latestEventObject(stripe: Stripe, type: string): Promise<unknown> {
  return (await stripe.events.list({ type, limit: 1 })).data[0]?.data.object;
}

export function pageUrl({ url }: { url: string | null }): string {
  if (url === null) throw new Error('The session has no page.');
  return url;
}

/** The error of a call that has to fail, as the SDK raises it. */
export async function stripeError(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error('The call was expected to fail, and succeeded.');
}

/** A request past the SDK, for what the SDK would never send. */
export function rawPost(
  simulator: StripeSimulator,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const authorization = { Authorization: 'Bearer sk_test_x' };
  const contentType = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return fetch(simulator.url + path, {
    method: 'POST',
    body,
    headers: { ...authorization, ...contentType, ...headers },
  });
}

/** What the control API does to an object, as a program in another language asks for it. */
export async function postControl(
  { url }: Pick<StripeSimulator, 'url'>,
  path: string,
  input: Record<string, unknown> = {},
) {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(`${url}/_simulator${path}`, { method: 'POST', headers, body: JSON.stringify(input) });
  return { status: response.status, body: await response.json() };
}

/** A captured payment of 1,000 cents, with the clock standing still. */
export async function startPaid(paymentMethod = 'pm_card_visa', options: StripeSimulatorOptions = {}) {
  const context = await start(options);
  context.simulator.clock.freeze();
  const parameters = { amount: 1000, currency: 'eur', payment_method: paymentMethod, confirm: true };
  const { latest_charge: charge } = await context.stripe.paymentIntents.create(parameters);
  return { ...context, charge: String(charge) };
}

/** The smallest of each format that begin as banks' readers expect it. */
export const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
export const JPEG = Buffer.from('ffd8ffe000104a46494600ff', 'hex');
export const PDF = pdfOf(1);

/** Of so many pages, as a reader counts them. */
export function pdfOf(pages: number): Buffer {
  const page = '<< /Type /Page /Parent 2 0 R >>\n';
  return Buffer.from(`%PDF-1.7\n<< /Type /Pages /Count ${pages} >>\n${page.repeat(pages)}%%EOF\n`);
}

/** Polls until the probe gives a value, for what happens by itself. */
export async function eventually<Value>(probe: () => Value | undefined | Promise<Value | undefined>): Promise<Value> {
  const deadline = Date.now() + 4000;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error('What was waited for did not happen.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

interface ReceivedWebhook {
  event: Stripe.Event;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Answers a delivery: a status, or the status and headers; a promise of it keeps the sender waiting. */
export type WebhookAnswer = { status: number; headers?: Record<string, string> };

export interface WebhookReceiver {
  url: string;
  secret: string;
  received: ReceivedWebhook[];
  types(): string[];
  /** Decides the answer from now on. */
  answerWith(answer: (webhook: ReceivedWebhook) => WebhookAnswer | Promise<WebhookAnswer>): void;
}

/** A webhook endpoint that verifies each signature with the real SDK; what does not verify gets a 400. */
export async function startReceiver(secret = WEBHOOK_SECRET): Promise<WebhookReceiver> {
  const { webhooks } = new Stripe('sk_test_x');
  const received: ReceivedWebhook[] = [];
  let answer: Parameters<WebhookReceiver['answerWith']>[0] = () => ({ status: 200 });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    try {
      const event = webhooks.constructEvent(body, request.headers['stripe-signature'] ?? '', secret);
      const webhook = { event, headers: request.headers, body: body.toString('utf8') };
      received.push(webhook);
      const { status, headers = {} } = await answer(webhook);
      response.writeHead(status, headers).end();
    } catch {
      response.writeHead(400).end();
    }
  });
  const url = await listen(server);
  return {
    url,
    secret,
    received,
    types: () => received.map(({ event }) => event.type),
    answerWith: (next) => {
      answer = next;
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${portOf(server.address())}/webhook`;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The server does not listen.');
  return address.port;
}
