/** What must hold of goods: I3, and I13, no hold without an order that may still be paid, or is. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { ItemType } from '../../../src/modules/catalogue/item-type.js';
import { HoldState } from '../../../src/modules/inventory/hold-state.js';
import { FulfillmentStatus, fulfillmentStatusOf } from '../../../src/modules/orders/fulfillment-status.js';
import type { OrderLine } from '../../../src/modules/orders/order-line.entity.js';
import { OrderStatus } from '../../../src/modules/orders/order-status.js';
import { RefundedGoods } from '../../../src/modules/refunds/refund-line.entity.js';
import type { OrderFacts } from './facts.js';
import { Findings, type Violation } from './violation.js';
import { freesUnits } from './withdrawal-checks.js';

/** The active bookings of a line: how many, and how many of them have left and come back. */
export interface LineBookings {
  units: number;
  pickedUp: number;
  returned: number;
}

const NO_BOOKINGS: LineBookings = { units: 0, pickedUp: 0, returned: 0 };

export function checkGoodsOf(facts: OrderFacts, bookings: ReadonlyMap<string, LineBookings>): Violation[] {
  const { order, lines } = facts;
  const findings = new Findings(order.id);
  const allowed = allowedStates(order);
  for (const line of lines) {
    const { holdState } = line;
    findings.expect(allowed.includes(holdState), 'I13', `it is ${order.status}, its goods are ${holdState}`);
    const isBack = line.returnedQuantity === line.quantity;
    findings.expect(
      (holdState === HoldState.RETURNED) === isBack,
      'I13',
      `${line.returnedQuantity} of ${line.quantity} came back, its goods are ${holdState}`,
    );
    const booked = bookings.get(line.id) ?? NO_BOOKINGS;
    checkBookings(line, booked, findings);
    checkCounters(facts, line, booked, findings);
  }
  const expected = order.isOver() ? FulfillmentStatus.CANCELED : fulfillmentStatusOf(lines);
  const { fulfillmentStatus } = order;
  findings.expect(fulfillmentStatus === expected, 'I13', `its goods are ${expected}, it says ${fulfillmentStatus}`);
  return findings.violations;
}

function allowedStates(order: OrderFacts['order']): HoldState[] {
  if (order.status === OrderStatus.PAID) return [HoldState.CONFIRMED, HoldState.RETURNED];
  if (order.isOver()) return [HoldState.RELEASED];
  // Goods of an order that another replaces are free before its session has ended.
  const mayBeFree = order.isUnderReview() || order.cancelRequestedAt != null;
  return mayBeFree ? [HoldState.HELD, HoldState.RELEASED] : [HoldState.HELD];
}

/** A unit that came back stays booked for the days that it was out. */
function checkBookings(line: OrderLine, { units }: LineBookings, findings: Findings): void {
  if (line.type !== ItemType.EQUIPMENT) return;
  const { holdState, quantity, returnedQuantity, receivedBackQuantity } = line;
  const expected = holdState === HoldState.RELEASED ? 0 : quantity - (returnedQuantity - receivedBackQuantity);
  findings.expect(units === expected, 'I3', `a line that is ${holdState} has ${units} units booked, not ${expected}`);
}

/** Each counter of a line is the sum of what was done, each of which was done once. */
function checkCounters(facts: OrderFacts, line: OrderLine, booked: LineBookings, findings: Findings): void {
  const isOfLine = (row: { line: { id: string } }) => row.line.id === line.id;
  const isRental = line.type === ItemType.EQUIPMENT;
  const refunded = facts.refundLines.filter(isOfLine);
  const restocked = refunded.filter(({ goods }) => goods === RefundedGoods.RETURN_TO_STOCK);
  const withdrawn = facts.withdrawalLines.filter((row) => isOfLine(row) && freesUnits(row));
  const released =
    pieces([...restocked, ...facts.releases.filter(isOfLine), ...withdrawn]) + (isRental ? booked.returned : 0);
  const handedOver = isRental ? booked.pickedUp : pieces(facts.fulfillmentLines.filter(isOfLine));
  const { fulfilledQuantity, returnedQuantity, refundedMinor, amountMinor, quantity } = line;
  findings.expect(
    returnedQuantity === released,
    'I3',
    `${released} pieces of a line came back, it counts ${returnedQuantity}`,
  );
  findings.expect(
    fulfilledQuantity === handedOver,
    'I3',
    `${handedOver} pieces of a line left, it counts ${fulfilledQuantity}`,
  );
  const refundedPieces = pieces(refunded);
  findings.expect(refundedPieces <= quantity, 'I14', `${refundedPieces} of ${quantity} pieces were refunded`);
  const claimed = refunded.reduce((sum, row) => sum + row.amountMinor, 0);
  const isCounted = refundedMinor === claimed && claimed <= amountMinor;
  findings.expect(
    isCounted,
    'I14',
    `of a line over ${amountMinor}, ${claimed} were claimed, it counts ${refundedMinor}`,
  );
}

function pieces(rows: readonly { quantity: number }[]): number {
  return rows.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** The active bookings of lines. */
export async function readBookings(em: EntityManager, lineIds: readonly string[]): Promise<Map<string, LineBookings>> {
  if (lineIds.length === 0) return new Map();
  const rows = await em.execute<({ lineId: string } & LineBookings)[]>(
    `select order_line_id as "lineId", count(distinct unit_id)::int as units, count(picked_up_at)::int as "pickedUp",
       count(returned_at)::int as returned from bookings
     where active and order_line_id in (?) group by 1`,
    [[...lineIds]],
  );
  return new Map(rows.map((row) => [row.lineId, row]));
}

/**
 * Compares counters with the lines of all orders: what is held, and, where it is known what there was at first, what
 * was sold and did not come back.
 *
 * @param initialStock product id to pieces; null checks every product, for its held pieces alone
 */
export async function checkStock(
  em: EntityManager,
  initialStock: ReadonlyMap<number, number> | null,
): Promise<Violation[]> {
  const findings = new Findings();
  const products = initialStock === null ? null : [...initialStock.keys()];
  const rows = await em.execute<{ id: number; onHand: number | null; held: number; lineHeld: number; sold: number }[]>(
    `select s.product_id as id, s.on_hand as "onHand", s.held,
       coalesce(sum(l.quantity) filter (where l.hold_state = 'HELD'), 0)::int as "lineHeld",
       coalesce(sum(l.quantity - l.returned_quantity) filter (where l.hold_state in ('CONFIRMED', 'RETURNED')), 0)::int as sold
     from product_stocks s left join order_lines l on l.type = 'PRODUCT' and l.item_id = s.product_id
     ${products === null ? '' : 'where s.product_id in (?)'} group by s.product_id`,
    products === null ? [] : [products],
  );
  for (const { id, onHand, held, lineHeld, sold } of rows) {
    findings.expect(held === lineHeld, 'I3', `product ${id} counts ${held} held, its orders hold ${lineHeld}`);
    findings.expect(held >= 0 && (onHand === null || held <= onHand), 'I3', `product ${id}: ${held} of ${onHand} held`);
    const initial = initialStock?.get(id);
    if (initial === undefined || onHand === null) continue;
    findings.expect(onHand === initial - sold, 'I3', `product ${id}: ${onHand} left of ${initial}, and ${sold} sold`);
  }
  return findings.violations;
}
