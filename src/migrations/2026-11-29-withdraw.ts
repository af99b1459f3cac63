/** Buyers withdraw from the contract: which goods have the right, and what was declared. */
import { Migration } from '@mikro-orm/migrations';

const HAS_RIGHT = `add column if not exists "withdrawal_right" boolean not null default true`;
const BOUNDS =
  'withdrawn_quantity >= 0 and withdrawn_quantity <= quantity and (withdrawal_right or withdrawn_quantity = 0)';

// Each statement on its own, and the constraint is checked after it is there: no table is locked while its rows are
// read. What was cut off runs again from the start.
export class Withdraw extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(/* sql */ `alter table "products" ${HAS_RIGHT}`);
    this.addSql(/* sql */ `alter table "equipment" ${HAS_RIGHT}`);
    this.addSql(/* sql */ `
      alter table "order_lines" ${HAS_RIGHT}, add column if not exists "withdrawn_quantity" int not null default 0
    `);
    this.addSql(/* sql */ `
      alter table "order_lines" drop constraint if exists "order_lines_withdrawn_bounds",
        add constraint "order_lines_withdrawn_bounds" check (${BOUNDS}) not valid
    `);
    this.addSql(/* sql */ `alter table "order_lines" validate constraint "order_lines_withdrawn_bounds"`);
    this.addWithdrawals();
    this.addSql(/* sql */ `alter table "refunds" add column if not exists "withdrawal_id" uuid null`);
    this.addSql(/* sql */ `
      alter table "refunds" drop constraint if exists "refunds_withdrawal_id_foreign",
        add constraint "refunds_withdrawal_id_foreign" foreign key ("withdrawal_id") references "withdrawals" ("id") not valid
    `);
    this.addSql(/* sql */ `alter table "refunds" validate constraint "refunds_withdrawal_id_foreign"`);
  }

  private addWithdrawals(): void {
    this.addSql(/* sql */ `
      create table if not exists "withdrawals" (
        "id" uuid not null,
        "order_id" uuid not null,
        "at" timestamptz not null,
        "actor" varchar(300) not null,
        "closed_at" timestamptz null,
        "closed_by" varchar(300) null,
        "closed_note" varchar(300) null,
        primary key ("id"),
        constraint "withdrawals_order_id_foreign" foreign key ("order_id") references "orders" ("id"),
        constraint "withdrawals_closed_by_somebody" check ((closed_at is null) = (closed_by is null)),
        constraint "withdrawals_note_when_closed" check (closed_note is null or closed_at is not null)
      );
      create index if not exists "withdrawals_order_id_index" on "withdrawals" ("order_id");
      create index if not exists "withdrawals_open_index" on "withdrawals" ("at", "id") where closed_at is null;
      create table if not exists "withdrawal_lines" (
        "id" uuid not null,
        "withdrawal_id" uuid not null,
        "order_line_id" uuid not null,
        "quantity" int not null,
        primary key ("id"),
        constraint "withdrawal_lines_withdrawal_id_foreign" foreign key ("withdrawal_id") references "withdrawals" ("id"),
        constraint "withdrawal_lines_order_line_id_foreign" foreign key ("order_line_id") references "order_lines" ("id"),
        constraint "withdrawal_lines_quantity_positive" check (quantity >= 1)
      );
      create index if not exists "withdrawal_lines_withdrawal_id_index" on "withdrawal_lines" ("withdrawal_id");
      create index if not exists "withdrawal_lines_order_line_id_index" on "withdrawal_lines" ("order_line_id");
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      alter table "refunds" drop column if exists "withdrawal_id";
      drop table if exists "withdrawal_lines";
      drop table if exists "withdrawals";
      alter table "order_lines" drop column if exists "withdrawal_right", drop column if exists "withdrawn_quantity";
      alter table "equipment" drop column if exists "withdrawal_right";
      alter table "products" drop column if exists "withdrawal_right";
    `);
  }
}
