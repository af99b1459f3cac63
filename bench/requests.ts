/** A checkout and a return page, as each of the sides is asked for them. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { demoToken } from '../demo/tokens.js';
import type { LoadRequest } from './load.js';
import { PRODUCTS, payOrders, seedOrders } from './orders.js';
import { benchEnvironment, type Side } from './sides.js';

// A buyer may have five open holds.
const CHECKOUTS_A_BUYER = 4;

const RETURN_ORIGIN = 'http://localhost:3000';

const customer = {
  firstName: 'Ana',
  lastName: 'Lima',
  email: 'ana@example.com',
  phone: '+33 6 12 34 56 78',
  address: '1 rue de la Paix',
  city: 'Paris',
  postalCode: '75002',
  country: 'FR',
};

const returnUrls = {
  successUrl: `${RETURN_ORIGIN}/success?session_id={CHECKOUT_SESSION_ID}`,
  cancelUrl: `${RETURN_ORIGIN}/cart`,
};

/** Of a checkout; what it answers is what a shop's page needs to send the buyer on. */
const CHECKOUT = `mutation Checkout($input: CreateCheckoutSessionInput!) {
  createCheckoutSession(input: $input) { sessionId url expiresAt order { id status total { amount currency } } }
}`;

/** Of a return page: 27 fields. */
const RETURN_PAGE = `query ReturnPage($sessionId: ID!) {
  orderBySession(sessionId: $sessionId) {
    id number status checkoutSessionId createdAt expiresAt paidAt refundStatus
    total { amount currency formatted }
    customer { firstName lastName email city postalCode country }
    lines { id name quantity unitPrice { amount } amount { amount } }
  }
}`;

export class CheckoutRequests {
  private buyers = 0;

  /** @param firstProduct the ids of the others follow it */
  constructor(private readonly firstProduct: number) {}

  /** Each of one piece of a product and two of the next. @param batch what the names of the buyers begin with */
  async of(side: Side, batch: string, count: number): Promise<LoadRequest[]> {
    const requests: LoadRequest[] = [];
    for (let number = 0; number < count; number += 1) {
      if (number % CHECKOUTS_A_BUYER === 0) this.buyers += 1;
      requests.push(await this.checkout(side, `${batch}-${this.buyers}`, (number * 2) % PRODUCTS));
    }
    return requests;
  }

  private async checkout(side: Side, buyer: string, product: number): Promise<LoadRequest> {
    const items = [
      { id: this.firstProduct + product, quantity: 1 },
      { id: this.firstProduct + product + 1, quantity: 2 },
    ];
    if (side.kind === 'floor') return postJson(`${side.url}/checkout`, { buyer, items, customer, ...returnUrls });
    const products = items.map((item) => ({ ...item, type: 'PRODUCT' }));
    const input = { items: products, customerInfo: customer, ...returnUrls, idempotencyKey: randomUUID() };
    const body = { query: CHECKOUT, variables: { input } };
    return postJson(`${side.url}/graphql`, body, await buyerHeaders(buyer, this.buyers));
  }
}

/** @throws Error where the answer to a checkout has no session */
export function checkSession(body: string): void {
  if (body.includes('"errors"') || !body.includes('"url":"http')) throw new Error(`No session in the answer: ${body}`);
}

/** A paid order, and the headers of its buyer. */
export interface PaidOrder {
  sessionId: string;
  headers: BuyerHeaders;
}

/** Orders with two lines, each of a buyer of its own. */
export async function paidOrders(em: EntityManager, count: number): Promise<PaidOrder[]> {
  const batch = randomUUID();
  const checkouts = await seedOrders(em, batch, count, 2);
  await payOrders(em, batch);
  return Promise.all(
    checkouts.map(async ({ orderId, sessionId }, index) => ({
      sessionId,
      headers: await buyerHeaders(`${batch}${orderId}`, index),
    })),
  );
}

export function returnPages(side: Side, orders: readonly PaidOrder[]): LoadRequest[] {
  return orders.map(({ sessionId, headers }) => {
    if (side.kind === 'floor') {
      return { method: 'GET', url: `${side.url}/orders/${sessionId}`, headers: {}, body: Buffer.alloc(0) };
    }
    return postJson(`${side.url}/graphql`, { query: RETURN_PAGE, variables: { sessionId } }, headers);
  });
}

/** @throws Error where a return page has no paid order with two lines */
export function checkOrder(body: string): void {
  const isWhole = body.includes('"status":"PAID"') && body.split('"unitPrice"').length === 3;
  if (!isWhole || body.includes('"errors"')) throw new Error(`No order in the answer: ${body}`);
}

/** Who sends: a token, and an address of their own, so that limits count and reject nobody. */
type BuyerHeaders = Record<string, string>;

async function buyerHeaders(buyer: string, number: number): Promise<BuyerHeaders> {
  const address = [10, (number >> 16) & 255, (number >> 8) & 255, number & 255].join('.');
  return {
    Authorization: `Bearer ${await demoToken(benchEnvironment, buyer)}`,
    'X-Forwarded-For': address,
  };
}

function postJson(url: string, body: unknown, headers: BuyerHeaders = {}): LoadRequest {
  return {
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}
