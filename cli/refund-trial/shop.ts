/** The shop of a trial, through its API: sells, refunds, and takes goods back as staff do. */
import { randomUUID } from 'node:crypto';
import { checkoutRequest } from '../../demo/request.js';
import { addDays, calendarDateAt } from '../../src/platform/kernel/calendar-date.js';
import { CommandError } from '../program.js';
import { type Api, ask, payOnSimulator, send, simulatorOf, timeAt, waitUntilPaid } from '../running-server.js';

// Far enough for nobody else to rent, and return, on the same days.
const DAYS_AHEAD = 60;

// Where a rental has a deposit, its buyer has to have accepted some.
export const ACCEPTED_TERMS = '2026-11';

const OFFER_QUERY = `query Offer($from: LocalDate!) {
  catalogue(first: 100) { nodes { __typename id name
    ... on Product { stock price { amount } }
    ... on Equipment { nextAvailableDate(from: $from) } } }
}`;
const LINES_QUERY =
  'query Sold($id: ID!) { order(id: $id) { total { amount currency } lines { id amount { amount } } } }';
const REFUND_MUTATION = 'mutation Refund($input: RefundOrderInput!) { refundOrder(input: $input) { refund { id } } }';
const RELEASE_MUTATION = 'mutation Release($input: ReleaseLineInput!) { releaseLine(input: $input) { line { id } } }';
const FULFILL_MUTATION =
  'mutation Fulfill($input: MarkFulfilledInput!) { markFulfilled(input: $input) { order { id } } }';

/** The callers, and where buyers come back to. */
export interface TrialApi {
  staff: Api;
  buyer: Api;
  origin: string;
}

/** What the trial sells: countable pieces, and a rental. */
export interface Goods {
  product: { id: string; priceMinor: number };
  equipment: { id: string; startDate: string };
}

export interface SoldOrder {
  id: string;
  sessionId: string;
  totalMinor: number;
  currency: string;
  goods: Goods;
  /** Of the product, and of the rental where there is one. */
  lines: readonly { id: string; amountMinor: number }[];
  /** What was on offer before it was sold. */
  before: OnOffer;
}

export interface OnOffer {
  pieces: number;
  units: number;
}

interface OfferData {
  catalogue: {
    nodes: (
      | { __typename: 'Product'; id: string; stock: number | null; price: { amount: number } }
      | { __typename: 'Equipment'; id: string; nextAvailableDate: string | null }
    )[];
  };
}

interface SoldData {
  order: { total: { amount: number; currency: string }; lines: { id: string; amount: { amount: number } }[] };
}

interface CheckoutData {
  createCheckoutSession: { sessionId: string; url: string | null; order: { id: string } };
}

/** The first product with so many pieces, and the first equipment that is free. @throws CommandError */
export async function findGoods({ staff }: TrialApi, pieces: number): Promise<Goods> {
  const { shop } = await send<{ shop: { timeZone: string } }>(staff, { query: '{ shop { timeZone } }' });
  const from = addDays(calendarDateAt(await timeAt(simulatorOf(staff)), shop.timeZone), DAYS_AHEAD);
  const { catalogue } = await send<OfferData>(staff, { query: OFFER_QUERY, variables: { from } });
  for (const product of catalogue.nodes) {
    if (product.__typename !== 'Product' || product.stock === null || product.stock < pieces) continue;
    for (const equipment of catalogue.nodes) {
      if (equipment.__typename !== 'Equipment' || equipment.nextAvailableDate === null) continue;
      return {
        product: { id: product.id, priceMinor: product.price.amount },
        equipment: { id: equipment.id, startDate: equipment.nextAvailableDate },
      };
    }
  }
  throw new CommandError(
    `Nothing can be sold: the shop needs a product with ${pieces} pieces, and an equipment with a free unit.`,
  );
}

/** @returns the order, paid, and the address of its payment page @throws CommandError */
export async function sell(
  { staff, buyer, origin }: TrialApi,
  goods: Goods,
  pieces: number,
  rents: boolean,
): Promise<SoldOrder & { url: string }> {
  const { product, equipment } = goods;
  const before = await readOffer(staff, goods);
  const rental = { id: equipment.id, type: 'EQUIPMENT', quantity: 1, days: 2, startDate: equipment.startDate };
  const items = [{ id: product.id, type: 'PRODUCT', quantity: pieces, days: 1 }, ...(rents ? [rental] : [])];
  const request = checkoutRequest(origin);
  const input = { ...request.variables.input, items, acceptedTermsVersion: ACCEPTED_TERMS };
  const answer = await send<CheckoutData>(buyer, { ...request, variables: { input } });
  const { sessionId, url, order } = answer.createCheckoutSession;
  if (url === null) throw new CommandError('There is no payment page to pay on.');
  await payOnSimulator(url);
  await waitUntilPaid(buyer, sessionId);
  const sold = await send<SoldData>(staff, { query: LINES_QUERY, variables: { id: order.id } });
  const { total, lines } = sold.order;
  return {
    ...{ id: order.id, sessionId, url, totalMinor: total.amount, currency: total.currency, goods, before },
    lines: lines.map(({ id, amount }) => ({ id, amountMinor: amount.amount })),
  };
}

/** Pieces, and free units on the first day of the rental. */
export async function readOffer(staff: Api, { product, equipment }: Goods): Promise<OnOffer> {
  const query = `query OnOffer($product: ID!, $equipment: ID!, $day: LocalDate!) {
    product: catalogueItem(type: PRODUCT, id: $product) { ... on Product { stock } }
    equipment: catalogueItem(type: EQUIPMENT, id: $equipment) { ... on Equipment { availability(from: $day, to: $day) { free } } }
  }`;
  const variables = { product: product.id, equipment: equipment.id, day: equipment.startDate };
  const data = await send<{
    product: { stock: number | null };
    equipment: { availability: { free: number }[] };
  }>(staff, { query, variables });
  return { pieces: data.product.stock ?? 0, units: data.equipment.availability[0]?.free ?? 0 };
}

/** @param input of `refundOrder`, without order, reason, note and key where those do not matter */
export async function refund({ staff }: TrialApi, { id }: { id: string }, input: object): Promise<string> {
  const whole = { orderId: id, reason: 'GOODWILL', note: 'try-refund', idempotencyKey: randomUUID(), ...input };
  const data = await send<{ refundOrder: { refund: { id: string } } }>(staff, {
    query: REFUND_MUTATION,
    variables: { input: whole },
  });
  return data.refundOrder.refund.id;
}

/** Asks for more than what is left. @throws CommandError unless the error says how much that is */
export async function rejectsMoreThan({ staff }: TrialApi, { id }: SoldOrder, leftMinor: number): Promise<void> {
  const input = { orderId: id, amount: leftMinor + 1, reason: 'GOODWILL', note: 'try-refund' };
  const variables = { input: { ...input, idempotencyKey: randomUUID() } };
  const { errors } = await ask<unknown>(staff, { query: REFUND_MUTATION, variables });
  const { code, left } = (errors?.[0]?.extensions ?? {}) as { code?: string; left?: { amount: number } };
  if (code === 'REFUND_EXCEEDS_PAYMENT' && left?.amount === leftMinor) return;
  const said = errors ? `${code} with ${left?.amount ?? 'nothing'} left` : 'a refund';
  throw new CommandError(
    `${leftMinor + 1} is asked for: expected REFUND_EXCEEDS_PAYMENT with ${leftMinor} left, API ${said}`,
  );
}

/** @throws CommandError unless goods are kept in the shop for the reason of that code */
export async function rejectsHandover({ staff }: TrialApi, { id }: SoldOrder, expected: string): Promise<void> {
  const variables = { input: { orderId: id, idempotencyKey: randomUUID() } };
  const { errors } = await ask<unknown>(staff, { query: FULFILL_MUTATION, variables });
  const code = errors?.[0]?.extensions?.code ?? 'goods handed over';
  if (code !== expected) throw new CommandError(`markFulfilled: expected ${expected}, API ${code}`);
}

/** All of what is still booked. */
export async function release({ staff }: TrialApi, { lines }: SoldOrder): Promise<void> {
  for (const { id } of lines) {
    const input = { lineId: id, note: 'try-refund', idempotencyKey: randomUUID() };
    await send(staff, { query: RELEASE_MUTATION, variables: { input } });
  }
}

/** After a trial that ended early: whatever can be released is. @returns what became of the goods, in words */
export async function putBackOnOffer({ staff }: TrialApi, { id, lines }: SoldOrder): Promise<string> {
  for (const line of lines) {
    const input = { lineId: line.id, note: 'try-refund', idempotencyKey: randomUUID() };
    // Lines that came back before are rejected.
    await ask<unknown>(staff, { query: RELEASE_MUTATION, variables: { input } });
  }
  const query = 'query Left($id: ID!) { order(id: $id) { fulfillmentStatus } }';
  const { data } = await ask<{ order: { fulfillmentStatus: string } | null }>(staff, { query, variables: { id } });
  if (data?.order?.fulfillmentStatus === 'CANCELED') return 'its goods are on offer again';
  return `goods of order ${id} are still booked: releaseLine puts them on offer again`;
}
