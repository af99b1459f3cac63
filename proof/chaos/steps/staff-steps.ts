/** What staff decide on, and the money that they send back. */

import { OrderStatus } from '../../../src/modules/orders/order-status.js';
import { RefundRequestReason } from '../../../src/modules/payments/refund-reason.js';
import type { RefundRequest } from '../../../src/modules/refunds/refund-claims.service.js';
import { RefundedGoods } from '../../../src/modules/refunds/refund-line.entity.js';
import { send } from '../staff-requests.js';
import type { World } from '../world.js';
import type { Step } from './step.js';

export const staffSteps: readonly Step[] = [
  { weight: 2, take: decideOnReview },
  { weight: 3, take: refundAmount },
  { weight: 3, take: refundLines },
  { weight: 1, take: refundTooMuch },
  { weight: 2, take: repeatRequest },
  { weight: 1, take: changeRequest },
  { weight: 3, take: retryRefund },
  { weight: 1, take: closeRefund },
];

async function decideOnReview(world: World): Promise<boolean> {
  const orders = (await world.orders()).filter(({ status }) => status === OrderStatus.UNDER_REVIEW);
  if (orders.length === 0) return false;
  const { id } = world.random.pick(orders);
  const process = world.anyProcess();
  const isAccepted = world.random.chance(0.5);
  world.begin(`staff ${isAccepted ? 'accept' : 'reject'} the payment of ${id}`, process, () => {
    const { review } = process.running;
    const em = process.entityManager();
    return isAccepted ? review.acceptPayment(em, world.staff, id) : review.rejectPayment(em, world.staff, id);
  });
  return true;
}

async function refundAmount(world: World): Promise<boolean> {
  const { random } = world;
  const payments = await paymentsOf(world);
  if (payments.length === 0) return false;
  const { orderId, paymentId, amount } = random.pick(payments);
  // Mostly of the payment that pays the order, if one does.
  const chosen = random.chance(0.7) ? null : paymentId;
  const part = random.pick([amount, Math.ceil(amount / 2), Math.ceil(amount / 3), random.between(1, amount)]);
  refund(world, 'staff refund an amount', { orderId, paymentId: chosen, amount: part });
  return true;
}

async function refundLines(world: World): Promise<boolean> {
  const { random } = world;
  const orders = Map.groupBy(await world.paidLines(), ({ orderId }) => orderId);
  if (orders.size === 0) return false;
  const [orderId, all] = random.pick([...orders]);
  const some = all.filter(() => random.chance(0.7));
  const lines = (some.length === 0 ? all : some).map(({ id, quantity, amount }) => ({
    lineId: id,
    quantity: random.between(1, quantity),
    amount: random.chance(0.2) ? random.between(0, amount) : null,
    goods: random.pick([RefundedGoods.RETURN_TO_STOCK, RefundedGoods.KEEP]),
    receivedBack: random.chance(0.4),
  }));
  refund(world, 'staff refund lines', { orderId, lines });
  return true;
}

async function refundTooMuch(world: World): Promise<boolean> {
  const payments = (await paymentsOf(world)).filter(({ purpose }) => purpose === 'ORDER');
  if (payments.length === 0) return false;
  const { orderId, amount } = world.random.pick(payments);
  const process = world.anyProcess();
  const request = requestOf(world, { orderId, amount: amount * 2 + 1 });
  world.begin(`staff refund too much of ${orderId}`, process, async () => {
    await process.running.refundClaims.refundOrder(process.entityManager(), world.staff, request);
    world.violated('I14', 'more than what was received was claimed', orderId);
  });
  return true;
}

function refund(world: World, name: string, part: Partial<RefundRequest> & { orderId: string }): void {
  const request = requestOf(world, part);
  send(world, {
    name: `${name} of ${request.orderId}`,
    returnedId: null,
    ask: async ({ running }, em, isChanged) => {
      const input = isChanged ? { ...request, note: 'another note' } : request;
      return (await running.refundClaims.refundOrder(em, world.staff, input)).id;
    },
  });
}

function requestOf({ random }: World, part: Partial<RefundRequest> & { orderId: string }): RefundRequest {
  const reason = random.pick([RefundRequestReason.GOODWILL, RefundRequestReason.DAMAGED, RefundRequestReason.FRAUD]);
  return { reason, note: 'a note', idempotencyKey: random.uuid(), ...part };
}

/** Double clicks, and repetitions after an answer that was lost; also while the other process works on it. */
function repeatRequest(world: World): boolean {
  if (world.staffRequests.length === 0) return false;
  send(world, world.random.pick(world.staffRequests));
  return true;
}

function changeRequest(world: World): boolean {
  if (world.staffRequests.length === 0) return false;
  const request = world.random.pick(world.staffRequests);
  const process = world.anyProcess();
  world.begin(`staff change a request of ${request.name}`, process, async () => {
    const { returnedId } = request;
    await request.ask(process, process.entityManager(), true);
    if (returnedId !== null) world.violated('I12', `a key in use was taken for another request: ${request.name}`);
    // Now the key stands for this one.
    world.staffRequests.splice(world.staffRequests.indexOf(request), 1);
  });
  return true;
}

async function retryRefund(world: World): Promise<boolean> {
  const condition = `(is_ours or claimed_minor is not null)
    and (state in ('FAILED', 'BLOCKED') or (state in ('DUE', 'REQUESTED') and attempts > 0))`;
  const id = await refundThat(world, condition);
  if (id === null) return false;
  const process = world.anyProcess();
  world.begin(`staff retry the refund of ${id}`, process, () =>
    process.running.refunds.retryRefund(process.entityManager(), world.staff, id),
  );
  return true;
}

async function closeRefund(world: World): Promise<boolean> {
  const id = await refundThat(world, `(is_ours or claimed_minor is not null) and state = 'FAILED'`);
  if (id === null) return false;
  const process = world.anyProcess();
  world.begin(`staff close the refund of ${id}`, process, () =>
    process.running.refunds.closeRefund(process.entityManager(), world.staff, id, 'by transfer'),
  );
  return true;
}

/** One of them, by chance. */
async function refundThat(world: World, condition: string): Promise<string | null> {
  const orderIds = (await world.orders()).map(({ id }) => id);
  if (orderIds.length === 0) return null;
  const found = await world
    .entityManager()
    .execute<{ id: string }[]>(`select id from refunds where order_id in (?) and ${condition} order by id`, [orderIds]);
  return found.length === 0 ? null : world.random.pick(found).id;
}

/** Those that were received, whatever became of them. */
async function paymentsOf(
  world: World,
): Promise<{ orderId: string; paymentId: string; amount: number; purpose: string }[]> {
  return world.entityManager().execute(
    `select p.order_id as "orderId", p.payment_intent_id as "paymentId", p.amount_minor::int as amount, p.purpose
     from payments p join orders o on o.id = p.order_id where o.buyer_id in (?) order by o.created_at, o.id, p.amount_minor, p.payment_intent_id`,
    [world.buyers.map(({ id }) => id)],
  );
}
