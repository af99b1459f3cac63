/** What staff decide on. */
import { OrderStatus } from '../../../src/modules/orders/order-status.js';
import type { World } from '../world.js';
import type { Step } from './step.js';

export const staffSteps: readonly Step[] = [
  { weight: 2, take: decideOnReview },
  { weight: 2, take: retryRefund },
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

async function retryRefund(world: World): Promise<boolean> {
  const orderIds = (await world.orders()).map(({ id }) => id);
  if (orderIds.length === 0) return false;
  const failed = await world.entityManager().execute<{ id: string }[]>(
    `select id from refunds where order_id in (?) and is_ours
         and (state in ('FAILED', 'BLOCKED') or (state = 'DUE' and attempts > 0)) order by id`,
    [orderIds],
  );
  if (failed.length === 0) return false;
  const { id } = world.random.pick(failed);
  const process = world.anyProcess();
  world.begin(`staff retry the refund of ${id}`, process, () =>
    process.running.refunds.retryRefund(process.entityManager(), world.staff, id),
  );
  return true;
}
