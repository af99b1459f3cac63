/** The GraphQL requests that benchmarks send: a checkout, and the return page. */
import { demoToken } from '../demo/tokens.js';
import type { LoadRequest } from './load.js';
import { benchEnvironment } from './sides.js';

const RETURN_ORIGIN = 'http://localhost:3000';

export const customer = {
  firstName: 'Ana',
  lastName: 'Lima',
  email: 'ana@example.com',
  phone: '+33 6 12 34 56 78',
  address: '1 rue de la Paix',
  city: 'Paris',
  postalCode: '75002',
  country: 'FR',
};

export const returnUrls = {
  successUrl: `${RETURN_ORIGIN}/success?session_id={CHECKOUT_SESSION_ID}`,
  cancelUrl: `${RETURN_ORIGIN}/cart`,
};

/** Of a checkout; what it answers is what a shop's page needs to send the buyer on. */
export const CHECKOUT = `mutation Checkout($input: CreateCheckoutSessionInput!) {
  createCheckoutSession(input: $input) { sessionId url expiresAt order { id status total { amount currency } } }
}`;

/** Of a return page: 27 fields. */
export const RETURN_PAGE = `query ReturnPage($sessionId: ID!) {
  orderBySession(sessionId: $sessionId) {
    id number status checkoutSessionId createdAt expiresAt paidAt refundStatus
    total { amount currency formatted }
    customer { firstName lastName email city postalCode country }
    lines { id name quantity unitPrice { amount } amount { amount } }
  }
}`;

/** Who sends: a token, and an address of their own, so that limits count and reject nobody. */
export type BuyerHeaders = Record<string, string>;

export async function buyerHeaders(buyer: string, number: number): Promise<BuyerHeaders> {
  const address = [10, (number >> 16) & 255, (number >> 8) & 255, number & 255].join('.');
  return {
    Authorization: `Bearer ${await demoToken(benchEnvironment, buyer)}`,
    'X-Forwarded-For': address,
  };
}

export function postJson(url: string, body: unknown, headers: BuyerHeaders = {}): LoadRequest {
  return {
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}
