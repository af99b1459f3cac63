/** Fees that staff charge and waive, with the links by which buyers pay them; and withdrawals of buyers. */
import { FeeKind } from '../../../src/modules/fees/fee.entity.js';
import { FeeChargeTo } from '../../../src/modules/fees/fee-charge-to.js';
import { openLink } from '../pay-links.js';
import { send } from '../staff-requests.js';
import type { World } from '../world.js';
import type { Step } from './step.js';

export const feeSteps: readonly Step[] = [
  { weight: 2, take: charge },
  { weight: 3, take: openLinkOfFee },
  { weight: 1, take: waive },
  { weight: 1, take: withdraw },
  { weight: 1, take: closeWithdrawal },
];

interface KnownFee {
  id: string;
  orderId: string;
  token: string;
  state: string;
}

/** Of a unit that came back late, or for something else; also of one that did not leave, which is rejected. */
async function charge(world: World): Promise<boolean> {
  const { random } = world;
  const orders = (await world.orders()).filter(({ status }) => status === 'PAID');
  if (orders.length === 0) return false;
  const units = await world.ofPaidOrders<{ orderId: string; unitId: string }>(
    'b.unit_id::text as "unitId"',
    'order_lines l on l.order_id = o.id join bookings b on b.order_line_id = l.id and b.active',
  );
  const late = units.length > 0 && random.chance(0.4) ? random.pick(units) : null;
  const orderId = late?.orderId ?? random.pick(orders).id;
  const request = {
    ...{ orderId, amount: random.between(50, 3_000), idempotencyKey: random.uuid(), unitId: late?.unitId ?? null },
    // Absent, the saved card where there is one.
    chargeTo: random.chance(0.3) ? FeeChargeTo.LINK : null,
    kind: late === null ? random.pick([FeeKind.DAMAGE, FeeKind.CLEANING, FeeKind.OTHER]) : FeeKind.LATE,
  };
  send(world, {
    name: `staff charge a fee of ${orderId}`,
    returnedId: null,
    ask: async ({ running }, em, isChanged) => {
      const input = { ...request, note: isChanged ? 'another note' : 'a note' };
      return (await running.fees.chargeFee(em, world.staff, input)).id;
    },
  });
  return true;
}

async function openLinkOfFee(world: World): Promise<boolean> {
  const fee = await anyFee(world);
  if (fee === null) return false;
  const { token, orderId } = fee;
  openLink(world, { token, name: `buyer opens the link of a fee of ${orderId}` }, ({ feeLinks }) => feeLinks);
  return true;
}

async function waive(world: World): Promise<boolean> {
  const fee = await anyFee(world);
  if (fee === null) return false;
  const process = world.anyProcess();
  world.begin(`staff waive a fee of ${fee.orderId}`, process, async () => {
    await process.running.fees.waiveFee(process.entityManager(), world.staff, fee.id, 'a note');
  });
  return true;
}

async function anyFee(world: World): Promise<KnownFee | null> {
  const fees = await world.ofPaidOrders<KnownFee>('f.id, f.token, f.state', 'fees f on f.order_id = o.id');
  const open = fees.filter(({ state }) => state !== 'PAID' && state !== 'WAIVED');
  const candidates = world.random.chance(0.85) ? open : fees;
  return candidates.length === 0 ? null : world.random.pick(candidates);
}

async function withdraw(world: World): Promise<boolean> {
  const { random } = world;
  const all = await world.paidLines();
  if (all.length === 0) return false;
  const { orderId, id: lineId, quantity: most } = random.pick(all);
  const buyerId = (await world.orders()).find(({ id }) => id === orderId)?.buyerId ?? '';
  const lines = random.chance(0.5) ? null : [{ lineId, quantity: random.between(1, most) }];
  // Two clicks, at once.
  const processes = random.chance(0.3) ? world.processes : [world.anyProcess()];
  for (const process of processes) {
    world.begin(`buyer withdraws from goods of ${orderId}`, process, async () => {
      const buyer = { id: buyerId, isStaff: false };
      await process.running.withdrawals.withdraw(process.entityManager(), buyer, { orderId, lines, confirm: true });
    });
  }
  return true;
}

async function closeWithdrawal(world: World): Promise<boolean> {
  const open = await world.ofPaidOrders<{ id: string; orderId: string }>(
    'w.id',
    'withdrawals w on w.order_id = o.id and w.closed_at is null',
  );
  if (open.length === 0) return false;
  const { id, orderId } = world.random.pick(open);
  const process = world.anyProcess();
  world.begin(`staff close a withdrawal of ${orderId}`, process, async () => {
    await process.running.withdrawals.closeWithdrawal(process.entityManager(), world.staff, id, 'a note');
  });
  return true;
}
