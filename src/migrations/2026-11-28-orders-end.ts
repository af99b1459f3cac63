/** Payments have a purpose; order lines know what became of their goods, and orders how far they are handed over. */
import { Migration } from '@mikro-orm/migrations';

const NO_ORDER = '00000000-0000-0000-0000-000000000000';

// Each statement on its own, and constraints are checked after they are there: no table is locked while its rows are
// read. What was cut off runs again from the start.
export class OrdersEnd extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addColumns();
    this.addConstraints();
    this.fillIn();
    // Last, so that filling in does not write them.
    this.addIndexes();
  }

  private addColumns(): void {
    this.addSql(/* sql */ `alter table "payments" add column if not exists "purpose" text not null default 'ORDER'`);
    this.addSql(/* sql */ `
      alter table "order_lines" add column if not exists "fulfilled_quantity" int not null default 0,
        add column if not exists "returned_quantity" int not null default 0,
        add column if not exists "received_back_quantity" int not null default 0,
        add column if not exists "refunded_minor" bigint not null default '0'
    `);
    // What most of the orders are by now, without writing them; at once, so that no new one gets it.
    this.addSql(/* sql */ `
      alter table "orders" add column if not exists "fulfillment_status" text not null default 'FULFILLED',
        add column if not exists "customer_ip" varchar(45) null, add column if not exists "fraud_warned_at" timestamptz null;
      alter table "orders" alter column "fulfillment_status" set default 'UNFULFILLED';
    `);
  }

  private addConstraints(): void {
    this.check('payments', 'payments_purpose_check', `"purpose" in ('ORDER', 'DEPOSIT', 'FEE')`);
    this.check(
      'orders',
      'orders_fulfillment_status_check',
      `"fulfillment_status" in ('UNFULFILLED', 'PARTIALLY_FULFILLED', 'FULFILLED', 'RETURNED', 'CANCELED')`,
    );
    this.check(
      'order_lines',
      'order_lines_hold_state_check',
      `"hold_state" in ('HELD', 'CONFIRMED', 'RELEASED', 'RETURNED')`,
    );
    this.check(
      'order_lines',
      'order_lines_fulfilled_bounds',
      'fulfilled_quantity >= 0 and received_back_quantity >= 0 and received_back_quantity <= fulfilled_quantity',
    );
    this.check(
      'order_lines',
      'order_lines_returned_bounds',
      'received_back_quantity <= returned_quantity and fulfilled_quantity + returned_quantity - received_back_quantity <= quantity',
    );
    this.check('order_lines', 'order_lines_refunded_bounds', 'refunded_minor >= 0 and refunded_minor <= amount_minor');
  }

  private check(table: string, name: string, expression: string): void {
    this.addSql(/* sql */ `
      alter table "${table}" drop constraint if exists "${name}", add constraint "${name}" check (${expression}) not valid
    `);
    this.addSql(/* sql */ `alter table "${table}" validate constraint "${name}"`);
  }

  private addIndexes(): void {
    this.index(
      'payments_accepted_order_unique',
      `"payments" ("order_id") where state = 'ACCEPTED' and purpose = 'ORDER'`,
      'unique',
    );
    this.addSql(/* sql */ `drop index concurrently if exists "payments_accepted_unique"`);
    this.index(
      'orders_fulfillment_status_index',
      `"orders" ("fulfillment_status", "created_at", "id") where status = 'PAID' and fulfillment_status in ('UNFULFILLED', 'PARTIALLY_FULFILLED', 'CANCELED')`,
    );
    this.index(
      'orders_refund_status_index',
      `"orders" ("refund_status", "created_at", "id") where refund_status <> 'NONE'`,
    );
    this.index(
      'orders_dispute_status_index',
      `"orders" ("dispute_status", "created_at", "id") where dispute_status <> 'NONE'`,
    );
    this.index(
      'orders_still_booked_index',
      `"orders" ("created_at", "id") where status = 'PAID' and fulfillment_status in ('UNFULFILLED', 'PARTIALLY_FULFILLED') and (refund_status = 'FULL' or dispute_status in ('OPEN', 'LOST') or fraud_warned_at is not null)`,
    );
  }

  private index(name: string, definition: string, kind = ''): void {
    this.addSql(/* sql */ `drop index concurrently if exists "${name}"`);
    this.addSql(/* sql */ `create ${kind} index concurrently "${name}" on ${definition}`);
  }

  /**
   * What is known of the orders so far, by so many orders at a time: which units left and came back. Products that were
   * paid more than a month ago count as handed over: nobody could say so before. What a process of the version before
   * changes meanwhile is counted again when the line changes next.
   */
  private fillIn(): void {
    this.addSql(/* sql */ `
      do $$
      declare
        last_id uuid := '${NO_ORDER}';
        ids uuid[];
      begin
        loop
          select array_agg(id order by id) into ids
          from (select id from orders where id > last_id order by id limit 500) batch;
          exit when ids is null;
          update order_lines line set fulfilled_quantity = moved.fulfilled, returned_quantity = moved.returned,
            received_back_quantity = moved.returned,
            hold_state = case when moved.returned = line.quantity then 'RETURNED' else line.hold_state end
          from (
            select l.id, case when l.type = 'PRODUCT' then l.quantity else b.fulfilled end as fulfilled,
              case when l.type = 'PRODUCT' then 0 else b.returned end as returned
            from order_lines l join orders o on o.id = l.order_id
            left join lateral (
              select count(picked_up_at)::int as fulfilled, count(returned_at)::int as returned
              from bookings where order_line_id = l.id
            ) b on l.type = 'EQUIPMENT'
            where l.order_id = any(ids) and l.hold_state = 'CONFIRMED'
              and (b.fulfilled > 0 or (l.type = 'PRODUCT' and o.paid_at < now() - interval '30 days'))
          ) moved
          where line.id = moved.id;
          update orders set fulfillment_status = known.status
          from (
            select o.id, case
              when o.paid_at is null and (o.status in ('EXPIRED', 'CANCELLED') or (o.status = 'PAYMENT_FAILED'
                and (o.async_failed_at is not null or o.completed_unpaid_at is not null))) then 'CANCELED'
              when o.paid_at is null then 'UNFULFILLED'
              when l.open > 0 and l.fulfilled > 0 then 'PARTIALLY_FULFILLED'
              when l.open > 0 then 'UNFULFILLED'
              when l.fulfilled > l.returned then 'FULFILLED'
              else 'RETURNED' end as status
            from orders o cross join lateral (
              select sum(quantity - fulfilled_quantity) as open, sum(fulfilled_quantity) as fulfilled,
                sum(returned_quantity) as returned
              from order_lines where order_id = o.id
            ) l
            where o.id = any(ids)
          ) known
          where orders.id = known.id and orders.fulfillment_status <> known.status;
          last_id := ids[cardinality(ids)];
          commit;
        end loop;
      end $$
    `);
  }

  override down(): void {
    this.addSql(
      /* sql */ `create unique index concurrently if not exists "payments_accepted_unique" on "payments" ("order_id") where state = 'ACCEPTED'`,
    );
    this.addSql(/* sql */ `drop index concurrently if exists "payments_accepted_order_unique"`);
    this.addSql(/* sql */ `alter table "payments" drop column if exists "purpose"`);
    this.addSql(/* sql */ `update "order_lines" set "hold_state" = 'CONFIRMED' where "hold_state" = 'RETURNED'`);
    this.check('order_lines', 'order_lines_hold_state_check', `"hold_state" in ('HELD', 'CONFIRMED', 'RELEASED')`);
    this.addSql(/* sql */ `
      alter table "order_lines" drop column if exists "fulfilled_quantity", drop column if exists "returned_quantity",
        drop column if exists "received_back_quantity", drop column if exists "refunded_minor"
    `);
    this.addSql(/* sql */ `drop index concurrently if exists "orders_refund_status_index"`);
    this.addSql(/* sql */ `drop index concurrently if exists "orders_dispute_status_index"`);
    this.addSql(/* sql */ `
      alter table "orders" drop column if exists "fulfillment_status", drop column if exists "customer_ip",
        drop column if exists "fraud_warned_at"
    `);
  }
}
