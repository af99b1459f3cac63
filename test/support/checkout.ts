/** The checkout as a frontend does it: the mutation, the payment page, the return page. */
import { checkoutRequest } from '../../demo/request.js';
import { plantedCustomer } from './pii-markers.js';
import type { GraphQLResult, Person, TestApp } from './test-app.js';

export const CREATE_CHECKOUT_SESSION = `
  mutation Checkout($input: CreateCheckoutSessionInput!) {
    createCheckoutSession(input: $input) {
      sessionId url expiresAt order { id status total { amount currency formatted } }
    }
  }`;

const ORDER_BY_SESSION = `
  query Return($sessionId: ID!) {
    orderBySession(sessionId: $sessionId) {
      id number status total { amount currency } paidAt checkoutUrl checkoutSessionId
      lines { type itemId name quantity days startDate endDate unitPrice { amount } amount { amount } }
      customer { firstName lastName email phone address city postalCode country }
      lastPaymentError { code declineCode message }
      timeline { at from to cause note actor actorId stripeEventId }
    }
  }`;

const original = { ...checkoutRequest('http://localhost:3000').variables.input, customerInfo: plantedCustomer };

export const { customerInfo } = original;

/** How often Stripe was asked to open or end a session; its lists, jobs read whenever it is their time. */
export function sessionWritesAt({ simulator }: TestApp): number {
  return simulator
    .requests()
    .filter(({ method, path }) => method === 'POST' && path.startsWith('/v1/checkout/sessions')).length;
}

export interface ItemInput {
  id: number | string;
  type: 'PRODUCT' | 'EQUIPMENT';
  quantity?: unknown;
  days?: unknown;
  startDate?: unknown;
}

/** The input of the original request, with other lines and the planted customer. */
export function checkoutInput(items: ItemInput[], rest: object = {}) {
  return { ...original, items, ...rest };
}

export interface CheckoutData {
  createCheckoutSession: {
    sessionId: string;
    url: string | null;
    expiresAt: string;
    order: { id: string; status: string; total: { amount: number; currency: string; formatted: string } };
  };
}

export interface OrderData {
  id: string;
  number: string | null;
  status: string;
  total: { amount: number; currency: string };
  paidAt: string | null;
  checkoutUrl: string | null;
  checkoutSessionId: string | null;
  lines: {
    type: string;
    itemId: string;
    name: string;
    quantity: number;
    days: number;
    startDate: string | null;
    endDate: string | null;
    unitPrice: { amount: number };
    amount: { amount: number };
  }[];
  customer: Record<string, string | null>;
  lastPaymentError: { code: string | null; declineCode: string | null; message: string | null } | null;
  timeline: {
    at: string;
    from: string | null;
    to: string;
    cause: string;
    note: string | null;
    actor: string;
    actorId: string | null;
    stripeEventId: string | null;
  }[];
}

export async function tryCheckout(shop: TestApp, buyer: Person, input: object): Promise<GraphQLResult<CheckoutData>> {
  return shop.graphql<CheckoutData>(CREATE_CHECKOUT_SESSION, { input }, buyer.token);
}

/** A checkout that must succeed. */
export async function checkout(
  shop: TestApp,
  buyer: Person,
  items: ItemInput[],
  rest: object = {},
): Promise<CheckoutData['createCheckoutSession'] & { url: string }> {
  const { data, errors } = await tryCheckout(shop, buyer, checkoutInput(items, rest));
  const session = data?.createCheckoutSession;
  if (!session?.url) throw new Error(`The checkout failed: ${JSON.stringify(errors)}`);
  return { ...session, url: session.url };
}

/** Sends the payment page's form, as a browser without JavaScript does. */
export async function submitCard(url: string, cardNumber: string): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ card_number: cardNumber }),
    redirect: 'manual',
  });
}

/** Pays by a card, and agrees where the card asks for the buyer. */
export async function payByCard(url: string, cardNumber: string): Promise<void> {
  const { headers } = await submitCard(url, cardNumber);
  const next = new URL(headers.get('location') ?? '', url).href;
  if (!next.endsWith('/authenticate')) return;
  await fetch(next, { method: 'POST', body: new URLSearchParams({ outcome: 'complete' }), redirect: 'manual' });
}

/** Pays, or fails to pay, by SEPA debit: the session completes, the money follows seconds later by Stripe's clock. */
export async function submitIban(url: string, iban: string): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ payment_method_type: 'sepa_debit', iban }),
    redirect: 'manual',
  });
}

export const PAYING_IBAN = 'AT611904300234573201';
export const FAILING_IBAN = 'AT861904300235473202';

/** What the order says of its money. */
export async function moneyOf(shop: TestApp, viewer: Person, orderId: string): Promise<MoneyData> {
  const query = `query ($id: ID!) { order(id: $id) {
    status amountRefunded { amount } refundStatus disputeStatus reviewReason reviewNote
    refunds { id state reason note amount { amount } }
  } }`;
  const { data, errors } = await shop.graphql<{ order: MoneyData | null }>(query, { id: orderId }, viewer.token);
  if (!data?.order) throw new Error(JSON.stringify(errors));
  return data.order;
}

export interface MoneyData {
  status: string;
  amountRefunded: { amount: number };
  refundStatus: string;
  disputeStatus: string;
  reviewReason: string | null;
  reviewNote: string | null;
  refunds: { id: string; state: string; reason: string; note: string | null; amount: { amount: number } }[];
}

export async function orderBySession(shop: TestApp, viewer: Person, sessionId: string): Promise<OrderData | null> {
  const answer = await shop.graphql<{ orderBySession: OrderData | null }>(
    ORDER_BY_SESSION,
    { sessionId },
    viewer.token,
  );
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data?.orderBySession ?? null;
}
