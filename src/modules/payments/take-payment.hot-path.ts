/**
 * Records the payment of an order and makes its held goods the buyer's, in one statement. It changes the tables of three
 * modules because every payment passes here, and statements are what its time goes into (`npm run bench -- webhook`).
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { executePrepared } from '../../platform/database/prepared-statement.js';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import { PaymentState } from './payment.entity.js';
import type { ReceivedPayment } from './payment-decision.js';

// The order is locked, so that its lines are as this statement sees them. Stocks are locked in the order of their ids,
// as everywhere: an update alone would lock them in any order. What an order holds can always be taken: a stock never
// has fewer pieces than are held.
const TAKE_PAYMENT = {
  name: 'take payment',
  text: `with recorded as (
    insert into payments (payment_intent_id, order_id, checkout_session_id, amount_minor, currency, received_at, state)
    values ($1, $2, $3, $4, $5, $6, '${PaymentState.ACCEPTED}') on conflict (payment_intent_id) do nothing
    returning nextval('order_numbers') as sequence
  ), confirmed as (
    update order_lines set hold_state = 'CONFIRMED'
    where order_id = $2 and hold_state = 'HELD' and exists (select from recorded)
      and not exists (select from order_lines late where late.order_id = $2 and late.hold_state = 'HELD'
        and late.type = 'EQUIPMENT' and late.start_date + (late.days - 1) < $7::date)
    returning type, item_id, quantity
  ), sold as (
    select item_id, sum(quantity)::int as pieces from confirmed where type = 'PRODUCT' group by item_id
  ), stocks as materialized (
    select product_id from product_stocks where product_id in (select item_id from sold) order by product_id for update
  ), moved as (
    update product_stocks stock set held = stock.held - sold.pieces, on_hand = stock.on_hand - sold.pieces
    from sold join stocks on stocks.product_id = sold.item_id where stock.product_id = sold.item_id returning 1
  )
  select sequence, exists (select from confirmed) as "hasGoods",
    (select count(*) from moved) = (select count(*) from sold) as "isComplete" from recorded`,
};

export interface TakenPayment {
  /** For the number of the order. */
  sequence: string;
  /** Whether the goods are the buyer's now; else no line was held, or a rental among them is over. */
  hasGoods: boolean;
}

/**
 * Part of the transaction that has locked the order.
 *
 * @param paidOn the day on which the payment arrived, in the shop's time zone
 * @returns null when the payment was recorded before
 */
export async function takePayment(
  em: EntityManager,
  orderId: string,
  { paymentIntentId, checkoutSessionId, amountMinor, currency }: ReceivedPayment,
  { now, paidOn }: { now: Date; paidOn: CalendarDate },
): Promise<TakenPayment | null> {
  const values = [paymentIntentId, orderId, checkoutSessionId, amountMinor, currency, now, paidOn];
  const [taken] = await executePrepared<TakenPayment & { isComplete: boolean }>(em, TAKE_PAYMENT, values);
  if (taken?.isComplete === false) throw new Error(`Stocks of order ${orderId} are missing.`);
  return taken ?? null;
}
