/** The shop of a rental, through its API: rents, hands out and takes back, captures, and charges a fee. */
import { randomUUID } from 'node:crypto';
import { checkoutRequest } from '../../demo/request.js';
import { addDays, calendarDateAt } from '../../src/platform/kernel/calendar-date.js';
import { CommandError } from '../program.js';
import { ACCEPTED_TERMS, type TrialApi } from '../refund-trial/shop.js';
import { ask, reach, send, simulatorOf, timeAt, waitUntilPaid } from '../running-server.js';
import { payByCard } from './buyer.js';

/** Longer than Visa holds a sum without the buyer, counted from the evening before. */
const RENTAL_DAYS = 4;
/** Nothing is held for a while, then. */
const DAYS_AHEAD = 2;

const OFFER_QUERY = `query Rentals($from: LocalDate!, $days: Int!) {
  shop { timeZone }
  catalogue(first: 100) { nodes { __typename id ... on Equipment {
    name deposit { amount } pricePerDay { amount } nextAvailableDate(from: $from, days: $days) } } }
}`;
const RENTED_QUERY = `query Rented($id: ID!) {
  order(id: $id) { total { amount currency } lines { id returnDate units { unitId } } deposits { id } }
}`;
const PICK_UP_MUTATION = 'mutation PickUp($input: MarkPickedUpInput!) { markPickedUp(input: $input) { line { id } } }';
const RETURN_MUTATION = 'mutation Return($input: MarkReturnedInput!) { markReturned(input: $input) { line { id } } }';
const CAPTURE_MUTATION =
  'mutation Capture($input: CaptureDepositInput!) { captureDeposit(input: $input) { deposit { id } } }';
const DEPOSIT_RELEASE_MUTATION =
  'mutation LetGo($input: ReleaseDepositInput!) { releaseDeposit(input: $input) { deposit { id } } }';
const FEE_MUTATION = 'mutation Charge($input: ChargeFeeInput!) { chargeFee(input: $input) { fee { payPath } } }';
const LINE_RELEASE_MUTATION =
  'mutation Release($input: ReleaseLineInput!) { releaseLine(input: $input) { line { id } } }';

interface Offer {
  id: string;
  name: string;
  depositMinor: number;
  dayMinor: number;
  startDate: string;
  timeZone: string;
}

export interface RentedOrder extends Offer {
  /** Of the order. */
  id: string;
  /** Of the simulator, whose payment page it was. */
  simulatorUrl: string;
  totalMinor: number;
  currency: string;
  lineId: string;
  unitId: string;
  /** The day on which it has to be back. */
  returnDate: string;
}

interface OfferData {
  shop: { timeZone: string };
  catalogue: {
    nodes: {
      __typename: string;
      id: string;
      name: string;
      deposit: { amount: number } | null;
      pricePerDay: { amount: number };
      nextAvailableDate: string | null;
    }[];
  };
}

interface RentedData {
  order: {
    total: { amount: number; currency: string };
    lines: { id: string; returnDate: string; units: { unitId: string }[] }[];
    deposits: { id: string }[];
  };
}

interface CheckoutData {
  createCheckoutSession: { sessionId: string; url: string | null; order: { id: string } };
}

/** The equipment with the smallest deposit: the drill of the demo. @throws CommandError */
export async function findEquipment({ staff }: TrialApi): Promise<Offer> {
  const { shop } = await send<{ shop: { timeZone: string } }>(staff, { query: '{ shop { timeZone } }' });
  const from = addDays(calendarDateAt(await timeAt(simulatorOf(staff)), shop.timeZone), DAYS_AHEAD);
  const variables = { from, days: RENTAL_DAYS };
  const { catalogue } = await send<OfferData>(staff, { query: OFFER_QUERY, variables });
  const offers = catalogue.nodes.flatMap(({ id, name, deposit, pricePerDay, nextAvailableDate: startDate }) =>
    deposit && startDate
      ? [{ id, name, depositMinor: deposit.amount, dayMinor: pricePerDay.amount, startDate, timeZone: shop.timeZone }]
      : [],
  );
  const [smallest] = offers.toSorted((one, other) => one.depositMinor - other.depositMinor);
  if (smallest) return smallest;
  throw new CommandError('Nothing can be rented: the shop needs an equipment with a deposit and a free unit.');
}

/** @returns the order, paid by a card that is saved @throws CommandError */
export async function rent({ staff, buyer, origin }: TrialApi, offer: Offer, card: string): Promise<RentedOrder> {
  const request = checkoutRequest(origin);
  const items = [{ id: offer.id, type: 'EQUIPMENT', quantity: 1, days: RENTAL_DAYS, startDate: offer.startDate }];
  const input = { ...request.variables.input, items, acceptedTermsVersion: ACCEPTED_TERMS };
  const answer = await send<CheckoutData>(buyer, { ...request, variables: { input } });
  const { sessionId, url, order } = answer.createCheckoutSession;
  if (url === null) throw new CommandError('There is no payment page to pay on.');
  await payByCard(url, card);
  await waitUntilPaid(buyer, sessionId);
  const rented = await send<RentedData>(staff, { query: RENTED_QUERY, variables: { id: order.id } });
  const { total, lines, deposits } = rented.order;
  const [line] = lines;
  const unitId = line?.units[0]?.unitId;
  if (!line || unitId === undefined) throw new CommandError(`Order ${order.id} has no unit.`);
  if (deposits.length !== 1) throw new CommandError(`Order ${order.id} has no deposit: the server needs DEPOSITS=on.`);
  return {
    ...{ ...offer, id: order.id, simulatorUrl: new URL(url).origin },
    ...{ totalMinor: total.amount, currency: total.currency, lineId: line.id, returnDate: line.returnDate, unitId },
  };
}

export async function pickUp({ staff }: TrialApi, { lineId }: RentedOrder): Promise<void> {
  await send(staff, { query: PICK_UP_MUTATION, variables: { input: { orderLineId: lineId } } });
}

/** @throws CommandError unless the unit stays in the shop, since nothing is held */
export async function rejectsPickUp({ staff }: TrialApi, { lineId }: RentedOrder): Promise<void> {
  const { errors } = await ask<unknown>(staff, {
    query: PICK_UP_MUTATION,
    variables: { input: { orderLineId: lineId } },
  });
  const code = errors?.[0]?.extensions?.code ?? 'a unit handed out';
  if (code !== 'DEPOSIT_NOT_HELD') throw new CommandError(`markPickedUp: expected DEPOSIT_NOT_HELD, API ${code}`);
}

export async function takeBack({ staff }: TrialApi, { lineId }: RentedOrder): Promise<void> {
  await send(staff, { query: RETURN_MUTATION, variables: { input: { orderLineId: lineId } } });
}

export async function capture({ staff }: TrialApi, { id }: RentedOrder, amount: number): Promise<void> {
  await send(staff, { query: CAPTURE_MUTATION, variables: { input: captureOf(id, amount) } });
}

/** @throws CommandError unless what is taken once is not taken again */
export async function rejectsSecondCapture({ staff }: TrialApi, { id }: RentedOrder): Promise<void> {
  const { errors } = await ask<unknown>(staff, { query: CAPTURE_MUTATION, variables: { input: captureOf(id, 100) } });
  const code = errors?.[0]?.extensions?.code ?? 'a second capture';
  if (code === 'DEPOSIT_ALREADY_CAPTURED') return;
  throw new CommandError(`captureDeposit: expected DEPOSIT_ALREADY_CAPTURED, API ${code}`);
}

function captureOf(orderId: string, amount: number): object {
  return { orderId, amount, reason: 'DAMAGE', note: 'The chuck is bent.', idempotencyKey: randomUUID() };
}

/** @param fee its kind, its amount, and what it is charged to */
export async function chargeFee({ staff }: TrialApi, { id }: RentedOrder, fee: object): Promise<void> {
  const input = { orderId: id, note: 'try-rental', idempotencyKey: randomUUID(), ...fee };
  await send(staff, { query: FEE_MUTATION, variables: { input } });
}

/** Where the link of the only deposit, or fee, leads to. @throws CommandError unless that is a payment page */
export async function openLink({ buyer }: TrialApi, { id }: RentedOrder, of: 'deposits' | 'fees'): Promise<string> {
  const query = 'query Links($id: ID!) { order(id: $id) { deposits { payPath } fees { payPath } } }';
  type Links = { order: Record<typeof of, { payPath: string | null }[]> };
  const { order } = await send<Links>(buyer, { query, variables: { id } });
  const path = order[of][0]?.payPath;
  if (!path) throw new CommandError(`There is no link in ${of} of the order.`);
  const response = await reach(new URL(path, buyer.url).href, { redirect: 'manual' });
  const page = response.headers.get('location');
  if (response.status === 303 && page) return page;
  throw new CommandError(`The link in ${of}: expected HTTP 303, API ${response.status}`);
}

/** After a trial that ended early. @returns what became of the unit and the sum, in words */
export async function tidyUp({ staff }: TrialApi, { id, lineId }: RentedOrder): Promise<string> {
  const note = 'try-rental';
  // What is not out, is back already, or is settled is rejected.
  await ask<unknown>(staff, { query: RETURN_MUTATION, variables: { input: { orderLineId: lineId } } });
  const release = { lineId, note, idempotencyKey: randomUUID() };
  await ask<unknown>(staff, { query: LINE_RELEASE_MUTATION, variables: { input: release } });
  await ask<unknown>(staff, { query: DEPOSIT_RELEASE_MUTATION, variables: { input: { orderId: id, note } } });
  const query = 'query Left($id: ID!) { order(id: $id) { deposits { state } } }';
  type Left = { order: { deposits: { state: string }[] } | null };
  const { data } = await ask<Left>(staff, { query, variables: { id } });
  return `its unit can be rented again, and its deposit is ${data?.order?.deposits[0]?.state ?? 'not known'}`;
}
