/** What buyers and staff ask of the shop. */

import { ItemType } from '../../../src/modules/catalogue/item-type.js';
import type { CheckoutItemInput, CreateCheckoutSessionInput } from '../../../src/modules/checkout/checkout.input.js';
import { CalendarBudget } from '../../../src/modules/inventory/calendar-budget.js';
import { addDays, calendarDateAt } from '../../../src/platform/kernel/calendar-date.js';
import type { Request, World } from '../world.js';
import { MISMATCH_EMAIL } from '../yielding-gateway.js';
import type { Step } from './step.js';

const MAX_REQUESTS = 5;

export const buyerSteps: readonly Step[] = [
  { weight: 4, take: newCheckout },
  { weight: 2, take: sameAgain },
  { weight: 1, take: otherBasketSameKey },
  { weight: 1, take: replaceOrder },
  { weight: 2, take: cancelOrder },
  { weight: 2, take: askReturnPage },
];

function newCheckout(world: World): boolean {
  const { random } = world;
  if (world.requests.length >= MAX_REQUESTS) return false;
  const idempotencyKey = random.chance(0.6) ? random.uuid() : null;
  send(world, { buyer: random.pick(world.buyers), input: inputOf(world, { idempotencyKey }), returnedSessionId: null });
  return true;
}

/** Double clicks, and repetitions after an answer that was lost. */
function sameAgain(world: World): boolean {
  if (world.requests.length === 0) return false;
  send(world, world.random.pick(world.requests));
  return true;
}

function otherBasketSameKey(world: World): boolean {
  const keyed = world.requests.filter(({ input }) => input.idempotencyKey);
  if (keyed.length === 0) return false;
  const { buyer, input, returnedSessionId } = world.random.pick(keyed);
  const other = { ...input, acceptedTermsVersion: `version-${world.random.uuid()}` };
  const process = world.anyProcess();
  world.begin('checkout with the key of another basket', process, async () => {
    const order = await process.running.checkout.createCheckoutSession(
      process.entityManager(),
      buyer,
      other,
      new CalendarBudget(async () => {}),
    );
    if (returnedSessionId !== null) world.violated('I8', 'a key in use was taken for another basket', order.id);
  });
  return true;
}

async function replaceOrder(world: World): Promise<boolean> {
  const orders = await world.orders();
  if (orders.length === 0 || world.requests.length >= MAX_REQUESTS) return false;
  const { id: replacesOrderId, buyerId } = world.random.pick(orders);
  const buyer = world.buyers.find(({ id }) => id === buyerId);
  if (buyer === undefined) return false;
  const idempotencyKey = world.random.chance(0.5) ? world.random.uuid() : null;
  send(world, { buyer, input: inputOf(world, { idempotencyKey, replacesOrderId }), returnedSessionId: null });
  return true;
}

async function cancelOrder(world: World): Promise<boolean> {
  const orders = await world.orders();
  if (orders.length === 0) return false;
  const { id, buyerId } = world.random.pick(orders);
  const viewer = world.random.chance(0.3) ? world.staff : { id: buyerId, isStaff: false };
  const process = world.anyProcess();
  world.begin(`cancel of ${id}`, process, () =>
    process.running.cancellation.cancelOrder(process.entityManager(), viewer, id),
  );
  return true;
}

async function askReturnPage(world: World): Promise<boolean> {
  const orders = (await world.orders()).filter(({ sessionId }) => sessionId !== null);
  if (orders.length === 0) return false;
  const { buyerId, sessionId } = world.random.pick(orders);
  const process = world.anyProcess();
  world.begin(`return page of ${sessionId}`, process, () =>
    process.running.returnPage.findBySession(process.entityManager(), { id: buyerId, isStaff: false }, sessionId ?? ''),
  );
  return true;
}

function send(world: World, request: Request): void {
  if (!world.requests.includes(request)) world.requests.push(request);
  const process = world.anyProcess();
  const number = world.requests.indexOf(request) + 1;
  const kind = request.input.replacesOrderId ? 'checkout that replaces an order' : 'checkout';
  world.begin(`${kind} of request ${number}`, process, async () => {
    const { buyer, input } = request;
    const order = await process.running.checkout.createCheckoutSession(
      process.entityManager(),
      buyer,
      input,
      new CalendarBudget(async () => {}),
    );
    answered(world, request, order.checkoutSessionId ?? null);
  });
}

/** The same key by the same buyer gives the same session for ever, once the buyer has received it. */
function answered(world: World, request: Request, sessionId: string | null): void {
  if (sessionId === null) world.violated('I5', 'a checkout succeeded without a session');
  const { returnedSessionId, input } = request;
  if (input.idempotencyKey && returnedSessionId !== null && returnedSessionId !== sessionId) {
    world.violated('I8', `a key gave ${returnedSessionId}, and ${sessionId} later`);
  }
  request.returnedSessionId = sessionId;
}

export function inputOf(world: World, more: Partial<CreateCheckoutSessionInput>): CreateCheckoutSessionInput {
  const { random } = world;
  return {
    items: itemsOf(world),
    customerInfo: {
      firstName: 'Jeanne',
      lastName: 'Martin',
      email: random.chance(0.12) ? MISMATCH_EMAIL : 'jeanne@example.com',
      address: '1 rue du Port',
      city: 'Nantes',
      postalCode: '44000',
      country: 'FR',
    },
    successUrl: 'http://localhost:3000/success?session={CHECKOUT_SESSION_ID}',
    cancelUrl: 'http://localhost:3000/cart?order={ORDER_ID}',
    ...(world.hasDeposits && random.chance(0.95) ? { acceptedTermsVersion: '2027-01' } : {}),
    ...more,
  };
}

function itemsOf({ random, clock, productIds, equipmentIds, hasDeposits }: World): CheckoutItemInput[] {
  const today = calendarDateAt(clock.now(), 'Europe/Paris');
  const product = {
    type: ItemType.PRODUCT,
    id: String(random.pick(productIds)),
    quantity: random.between(1, 2),
    days: 1,
    startDate: null,
  };
  const rental = {
    type: ItemType.EQUIPMENT,
    id: String(random.pick(equipmentIds)),
    quantity: 1,
    days: random.pick(hasDeposits ? [1, 2, 12] : [1, 2, 3]),
    startDate: addDays(today, random.pick([0, 1, 2, 20, 21])),
  };
  return random.pick([[product], [product], [rental], [product, rental]]);
}
