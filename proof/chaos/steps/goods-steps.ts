/** Goods of paid orders: staff hand them over, and take them back. */
import { ItemType } from '../../../src/modules/catalogue/item-type.js';
import { send } from '../staff-requests.js';
import type { PaidLine, World } from '../world.js';
import type { Step } from './step.js';

export const goodsSteps: readonly Step[] = [
  { weight: 2, take: fulfill },
  { weight: 3, take: release },
  { weight: 2, take: pickUp },
  { weight: 2, take: takeBack },
];

async function fulfill(world: World): Promise<boolean> {
  const { random } = world;
  const line = await anyLine(world, ItemType.PRODUCT);
  if (line === null) return false;
  const lines = random.chance(0.5) ? null : [{ lineId: line.id, quantity: random.between(1, line.quantity) }];
  const request = { orderId: line.orderId, lines, idempotencyKey: random.uuid(), ...consentOf(world) };
  send(world, {
    name: `staff hand over goods of ${line.orderId}`,
    returnedId: null,
    ask: async ({ running }, em, isChanged) => {
      const input = isChanged ? { ...request, trackingNumber: 'another' } : request;
      return (await running.fulfillment.markFulfilled(em, world.staff, input)).id;
    },
  });
  return true;
}

async function release(world: World): Promise<boolean> {
  const { random } = world;
  const line = await anyLine(world, random.pick([ItemType.PRODUCT, ItemType.EQUIPMENT]));
  if (line === null) return false;
  const quantity = random.chance(0.3) ? null : random.between(1, line.quantity);
  const request = { lineId: line.id, quantity, receivedBack: random.chance(0.5), idempotencyKey: random.uuid() };
  send(world, {
    name: `staff release goods of ${line.orderId}`,
    returnedId: null,
    ask: async ({ running }, em, isChanged) => {
      const input = { ...request, note: 'a note', receivedBack: request.receivedBack !== isChanged };
      return (await running.fulfillment.releaseLine(em, world.staff, input)).id;
    },
  });
  return true;
}

async function pickUp(world: World): Promise<boolean> {
  const line = await anyLine(world, ItemType.EQUIPMENT);
  if (line === null) return false;
  const process = world.anyProcess();
  const request = {
    orderLineId: line.id,
    unitIds: await unitsOf(world, line),
    ...consentOf(world),
    ...withoutDeposit(world),
  };
  world.begin(`staff hand out units of ${line.orderId}`, process, () =>
    process.running.rentals.markPickedUp(process.entityManager(), world.staff, request),
  );
  return true;
}

async function takeBack(world: World): Promise<boolean> {
  const line = await anyLine(world, ItemType.EQUIPMENT);
  if (line === null) return false;
  const process = world.anyProcess();
  const request = { orderLineId: line.id, unitIds: await unitsOf(world, line) };
  world.begin(`staff take back units of ${line.orderId}`, process, () =>
    process.running.rentals.markReturned(process.entityManager(), world.staff, request),
  );
  return true;
}

async function anyLine(world: World, type: ItemType): Promise<PaidLine | null> {
  const lines = (await world.paidLines()).filter((line) => line.type === type);
  return lines.length === 0 ? null : world.random.pick(lines);
}

/** One of the line's, or null for all of them. */
async function unitsOf(world: World, { id }: PaidLine): Promise<string[] | null> {
  const units = await world
    .entityManager()
    .execute<{ id: string }[]>(
      'select unit_id::text as id from bookings where order_line_id = ? and active order by unit_id',
      [id],
    );
  return units.length === 0 || world.random.chance(0.5) ? null : [world.random.pick(units).id];
}

function withoutDeposit({ random, hasDeposits }: World) {
  return hasDeposits && random.chance(0.3) ? { withoutDeposit: 'a note' } : {};
}

function consentOf({ random }: World) {
  return { despiteRefund: random.chance(0.3), despiteDispute: random.chance(0.3) };
}
