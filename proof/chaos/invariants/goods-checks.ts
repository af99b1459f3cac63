/** What must hold of goods: I3, and I13, no hold without an order that may still be paid, or is. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { ItemType } from '../../../src/modules/catalogue/item-type.js';
import { HoldState } from '../../../src/modules/inventory/hold-state.js';
import { OrderStatus } from '../../../src/modules/orders/order-status.js';
import type { OrderFacts } from './facts.js';
import { Findings, type Violation } from './violation.js';

/** @param bookings how many active bookings each line has */
export function checkGoodsOf({ order, lines }: OrderFacts, bookings: ReadonlyMap<string, number>): Violation[] {
  const findings = new Findings(order.id);
  for (const { id, type, quantity, holdState } of lines) {
    const allowed = allowedStates(order);
    findings.expect(allowed.includes(holdState), 'I13', `it is ${order.status}, its goods are ${holdState}`);
    if (type !== ItemType.EQUIPMENT) continue;
    const expected = holdState === HoldState.RELEASED ? 0 : quantity;
    const booked = bookings.get(id) ?? 0;
    findings.expect(booked === expected, 'I3', `a line that is ${holdState} has ${booked} units booked of ${quantity}`);
  }
  return findings.violations;
}

function allowedStates(order: OrderFacts['order']): HoldState[] {
  if (order.status === OrderStatus.PAID) return [HoldState.CONFIRMED];
  if (order.isOver()) return [HoldState.RELEASED];
  // Goods of an order that another replaces are free before its session has ended.
  const mayBeFree = order.isUnderReview() || order.cancelRequestedAt != null;
  return mayBeFree ? [HoldState.HELD, HoldState.RELEASED] : [HoldState.HELD];
}

/** The active bookings of lines. */
export async function readBookings(em: EntityManager, lineIds: readonly string[]): Promise<Map<string, number>> {
  if (lineIds.length === 0) return new Map();
  const rows = await em.execute<{ lineId: string; units: number }[]>(
    `select order_line_id as "lineId", count(distinct unit_id)::int as units from bookings
     where active and order_line_id in (?) group by 1`,
    [[...lineIds]],
  );
  return new Map(rows.map(({ lineId, units }) => [lineId, units]));
}

/**
 * Compares counters with the lines of all orders: what is held, and, where it is known what there was at first, what
 * was sold.
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
       coalesce(sum(l.quantity) filter (where l.hold_state = 'CONFIRMED'), 0)::int as sold
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
