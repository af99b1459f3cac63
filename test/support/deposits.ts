/** Rentals with a deposit, as buyers and staff handle them through the API. */
import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { checkout, orderBySession, submitCard } from './checkout.js';
import { eventually } from './eventually.js';
import { addEquipment } from './shop.js';
import { newBuyer, type Person, stripeOf, type TestApp } from './test-app.js';

const PLAIN_CARD = '4242424242424242';
/** Asks for the buyer at every payment. */
export const ASKING_CARD = '4000002760003184';

const DEPOSIT = `id state startDate heldUntil settledAt payPath paymentId refusal amount { amount } amountHeld { amount }
  amountCaptured { amount } capture { state reason note requestedById amount { amount currency } }`;
const ORDER = `query ($id: ID!) { order(id: $id) {
  status deposits { ${DEPOSIT} } payments { id purpose state amount { amount } } refundStatus
  refunds { id state reason } timeline { cause note actor } lines { id }
} }`;
const CAPTURE = `mutation ($input: CaptureDepositInput!) { captureDeposit(input: $input) { deposit { ${DEPOSIT} order { id } } } }`;
const RELEASE = `mutation ($input: ReleaseDepositInput!) { releaseDeposit(input: $input) { deposit { ${DEPOSIT} } } }`;
const PICK_UP = 'mutation ($input: MarkPickedUpInput!) { markPickedUp(input: $input) { line { id } } }';
const RETURN = 'mutation ($input: MarkReturnedInput!) { markReturned(input: $input) { line { id } } }';

export interface DepositView {
  id: string;
  state: string;
  startDate: string;
  heldUntil: string | null;
  settledAt: string | null;
  payPath: string | null;
  paymentId: string | null;
  refusal: string | null;
  amount: { amount: number };
  amountHeld: { amount: number } | null;
  amountCaptured: { amount: number };
  capture: { state: string; note: string | null; requestedById: string | null; amount: { amount: number } } | null;
}

export interface DepositOrderView {
  status: string;
  deposits: DepositView[];
  payments: { id: string; purpose: string; state: string; amount: { amount: number } }[];
  refundStatus: string;
  refunds: { id: string; state: string; reason: string }[];
  timeline: { cause: string; note: string | null; actor: string }[];
  lines: { id: string }[];
}

export interface Rental {
  orderId: string;
  buyer: Person;
  equipment: number;
  /** Of its only line. */
  lineId: string;
}

export interface RentalWish {
  startDate: string;
  days?: number;
  quantity?: number;
  depositMinor?: number;
  card?: string;
}

/** A rental whose deposit is 200 € a unit, paid by a card that is saved. */
export async function rent(
  shop: TestApp,
  { startDate, days = 3, quantity = 1, depositMinor = 20_000, card = PLAIN_CARD }: RentalWish,
): Promise<Rental> {
  const equipment = await addEquipment(shop.orm, { depositMinor, units: quantity });
  const buyer = await newBuyer();
  const items = [{ id: equipment, type: 'EQUIPMENT' as const, quantity, days, startDate }];
  const { url, sessionId, order } = await checkout(shop, buyer, items, { acceptedTermsVersion: '2027-01' });
  await payByCard(url, card);
  await eventually(async () => expectPaid(await orderBySession(shop, buyer, sessionId)));
  const { lines } = await depositOrder(shop, order.id, buyer);
  return { orderId: order.id, buyer, equipment, lineId: String(lines[0]?.id) };
}

function expectPaid(order: { status: string } | null): void {
  if (order?.status !== 'PAID') throw new Error(`The order is ${order?.status}.`);
}

/** On Stripe's page, and the bank's where it asks for the buyer. */
export async function payByCard(url: string, card: string): Promise<void> {
  const answer = await submitCard(url, card);
  const next = new URL(answer.headers.get('location') ?? '', url).href;
  if (!next.endsWith('/authenticate')) return;
  await fetch(next, { method: 'POST', body: new URLSearchParams({ outcome: 'complete' }), redirect: 'manual' });
}

export async function depositOrder(shop: TestApp, id: string, viewer: Person): Promise<DepositOrderView> {
  const { data, errors } = await shop.graphql<{ order: DepositOrderView }>(ORDER, { id }, viewer.token);
  if (!data) throw new Error(JSON.stringify(errors));
  return data.order;
}

/** The only deposit of an order. */
export async function depositOf(shop: TestApp, { orderId, buyer }: Rental, viewer = buyer): Promise<DepositView> {
  const [deposit, ...others] = (await depositOrder(shop, orderId, viewer)).deposits;
  if (!deposit || others.length > 0) throw new Error(`The order has ${others.length + 1} deposits.`);
  return deposit;
}

export async function captureDeposit(shop: TestApp, staff: Person, { orderId }: Rental, input: object = {}) {
  const whole = {
    ...{ orderId, amount: 5_000, reason: 'DAMAGE', note: 'a dent', idempotencyKey: randomUUID() },
    ...input,
  };
  type Data = { captureDeposit: { deposit: DepositView } };
  const { data, errors } = await shop.graphql<Data>(CAPTURE, { input: whole }, staff.token);
  return { deposit: data?.captureDeposit.deposit, error: errors?.[0]?.extensions };
}

export async function releaseDeposit(shop: TestApp, staff: Person, { orderId }: Rental, input: object = {}) {
  type Data = { releaseDeposit: { deposit: DepositView } };
  const whole = { orderId, note: 'paid in cash', ...input };
  const { data, errors } = await shop.graphql<Data>(RELEASE, { input: whole }, staff.token);
  return { deposit: data?.releaseDeposit.deposit, error: errors?.[0]?.extensions };
}

/** @returns what was wrong; undefined where nothing was */
export async function pickUp(shop: TestApp, staff: Person, { lineId }: Rental, input: object = {}) {
  const { errors } = await shop.graphql(PICK_UP, { input: { orderLineId: lineId, ...input } }, staff.token);
  return errors?.[0]?.extensions;
}

export async function takeBack(shop: TestApp, staff: Person, { lineId }: Rental, input: object = {}) {
  const { errors } = await shop.graphql(RETURN, { input: { orderLineId: lineId, ...input } }, staff.token);
  return errors?.[0]?.extensions;
}

/** What is, or was, held for deposits at Stripe, the earliest first. */
export async function holdsAtStripe(shop: TestApp, { orderId }: Rental): Promise<Stripe.PaymentIntent[]> {
  const intents: Stripe.PaymentIntent[] = [];
  const list = stripeOf(shop).paymentIntents.list({ limit: 100, expand: ['data.latest_charge'] });
  for await (const intent of list) {
    if (intent.metadata.order_id === orderId && intent.metadata.purpose === 'deposit') intents.push(intent);
  }
  return intents.toReversed();
}

/** The API's clock and Stripe's, put to the same instant. */
export function at(shop: TestApp, instant: string): void {
  shop.clock.setTo(instant);
  shop.stripeClock.setTo(instant);
}

/** With the job run at once, by the API's clock. */
export async function lookAfter(shop: TestApp): Promise<void> {
  await shop.runJob('hold-deposits');
}

/** What the link of a deposit, or of a fee, leads to. */
export async function openLink(shop: TestApp, payPath: string | null) {
  const response = await shop.app.inject({ method: 'GET', url: payPath ?? '', headers: { host: 'shop.example' } });
  return { status: response.statusCode, url: response.headers.location ?? '', body: response.body };
}

/** What waits for staff about an order. */
export async function waitingFor(shop: TestApp, staff: Person, { orderId }: Rental) {
  type Entry = {
    kind: string;
    dueAt: string | null;
    actions: string[];
    order: { id: string };
    deposit: { id: string };
  };
  const query = '{ attention(first: 100) { nodes { kind dueAt actions order { id } deposit { id } } } }';
  const { data } = await shop.graphql<{ attention: { nodes: Entry[] } }>(query, {}, staff.token);
  return data?.attention.nodes.filter(({ order }) => order?.id === orderId) ?? [];
}

/** The charge of what is held, by which the bank knows it. */
export async function chargeOf(shop: TestApp, rental: Rental): Promise<string> {
  const { latest_charge: charge } = (await holdsAtStripe(shop, rental)).at(-1) as Stripe.PaymentIntent;
  return typeof charge === 'string' ? charge : String(charge?.id);
}
