/** What disputes need to be answered: until when, and with what evidence. */
import { Migration } from '@mikro-orm/migrations';

export class AnswerDisputes extends Migration {
  override up(): void {
    this.addSql(/* sql */ `
      alter table "disputes" add column "provider_status" varchar(50) not null default '',
        add column "due_by" timestamptz null, add column "has_evidence" boolean not null default false,
        add column "submission_count" int not null default 0, add column "evidence" json null,
        add column "submission_requested_at" timestamptz null,
        add column "submission_requested_by" varchar(300) null,
        add column "submission_base" int null
    `);
    this.addSql(/* sql */ `create index "disputes_due_by_index" on "disputes" ("due_by", "id")`);
    // Of those that are open, what is new here is read from Stripe.
    this.addSql(/* sql */ `
      update "orders" set "payment_sync_requested" = "payment_sync_requested" + 1
      where "id" in (select "order_id" from "disputes" where "state" in ('OPEN', 'INQUIRY'))
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `drop index "disputes_due_by_index"`);
    this.addSql(/* sql */ `
      alter table "disputes" drop column "provider_status", drop column "due_by",
        drop column "has_evidence", drop column "submission_count", drop column "evidence",
        drop column "submission_requested_at", drop column "submission_requested_by",
        drop column "submission_base"
    `);
  }
}
