/** What the gateway's tests share: a simulator, gateways to it, and checkouts in every state. */
import { randomUUID } from 'node:crypto';
import type { StripeSimulator } from '@comptoir/stripe-simulator';
import { loadConfig } from '../../src/config.js';
import { type Clock, systemClock } from '../../src/platform/kernel/clock.js';
import { CallContext } from '../../src/stripe/call-context.js';
import { StripeGateway } from '../../src/stripe/stripe-gateway.js';
import type { Throttle } from '../../src/stripe/throttle.js';
import { testEnvironment } from '../support/test-app.js';

export const FAILING_IBAN = 'AT861904300235473202';
/** A debit succeeds so long after the buyer gave their account. */
export const DEBIT_SECONDS = 5;

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

interface GatewayOptions {
  clock?: Clock;
  throttle?: Throttle;
}

export function gatewayTo({ url }: StripeSimulator, { clock = systemClock, throttle }: GatewayOptions = {}) {
  const environment = { ...testEnvironment, DATABASE_URL: 'postgresql://127.0.0.1/unused', STRIPE_API_URL: url };
  return new StripeGateway(loadConfig(environment).stripe, clock, silent, throttle === undefined ? {} : { throttle });
}

export const soon = () => CallContext.forPerson(5_000, systemClock);

export const INSTALLATION_ID = randomUUID();

export interface OpenedCheckout {
  orderId: string;
  sessionId: string;
  url: string;
}

export async function openCheckout(
  gateway: StripeGateway,
  { orderId = randomUUID(), now = new Date(), card }: { orderId?: string; now?: Date; card?: 'save' | 'hold' } = {},
): Promise<OpenedCheckout> {
  const request = gateway.buildCheckoutRequest({
    ...{ purpose: 'order' as const, rowId: null },
    orderId,
    installationId: INSTALLATION_ID,
    currency: 'EUR',
    customerEmail: 'john@example.com',
    lines: [{ name: 'Gourde', description: null, quantity: 1, rateMinor: 2490 }],
    successUrl: 'https://shop.example/success',
    cancelUrl: 'https://shop.example/cart',
    expiresAt: new Date(now.getTime() + 35 * 60_000),
    excludeDelayedMethods: false,
    ...(card === undefined ? {} : { card }),
  });
  const { sessionId, url } = await gateway.createCheckout(request, `key-${orderId}`, soon());
  if (url === null) throw new Error('The session has no page.');
  return { orderId, sessionId, url };
}

/** Pays on the session's page, and gives the id of the payment. */
export async function pay(gateway: StripeGateway, checkout: OpenedCheckout, fields: object): Promise<string> {
  const body = new URLSearchParams({ ...fields });
  const answer = await fetch(checkout.url, { method: 'POST', body, redirect: 'manual' });
  if (answer.status !== 303) throw new Error(`The page answered ${answer.status}.`);
  // Some cards ask for the buyer, who agrees.
  const next = new URL(answer.headers.get('location') ?? '', checkout.url).href;
  if (next.endsWith('/authenticate')) {
    await fetch(next, { method: 'POST', body: new URLSearchParams({ outcome: 'complete' }), redirect: 'manual' });
  }
  const snapshot = await gateway.retrieveCheckout(checkout.sessionId, soon());
  if (!snapshot?.paymentIntentId) throw new Error('The session has no payment.');
  return snapshot.paymentIntentId;
}

export const byCard = (number = '4242424242424242') => ({ card_number: number });
export const byDebit = (iban: string) => ({ payment_method_type: 'sepa_debit', iban });
