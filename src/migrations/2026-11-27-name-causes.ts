/**
 * Causes and reasons become names for programs, with the words for people beside them; words that are not known stay, as
 * notes of OTHER. What the version before writes meanwhile is read as OTHER as well.
 */
import { Migration } from '@mikro-orm/migrations';

const CAUSES = `
  ('checkout created', 'CHECKOUT_CREATED'), ('checkout complete', 'CHECKOUT_COMPLETED'),
  ('checkout expired', 'CHECKOUT_EXPIRED'), ('rejected by payment provider', 'CHECKOUT_REJECTED'),
  ('payment provider failed', 'CHECKOUT_FAILED'), ('checkout paid', 'PAYMENT_RECEIVED'),
  ('payment declined', 'PAYMENT_DECLINED'), ('checkout payment failed', 'PAYMENT_FAILED'),
  ('payment canceled', 'PAYMENT_CANCELED'), ('under review', 'REVIEW_OPENED'),
  ('payment accepted', 'PAYMENT_ACCEPTED'), ('payment refused', 'PAYMENT_REJECTED'),
  ('given up without a payment', 'REVIEW_CLOSED_UNPAID'), ('cancelled', 'ORDER_CANCELED'),
  ('replaced order was paid', 'REPLACED_ORDER_PAID'), ('refund due again', 'REFUND_DUE_AGAIN'),
  ('refunded', 'REFUND_ISSUED'), ('refund refused', 'REFUND_REJECTED'), ('anonymised', 'CUSTOMER_ANONYMIZED')`;

// Of those that say more, the part that stays the same, and where the rest begins.
const CAUSES_WITH_NOTES = `
  ('^refund due: ', 'REFUND_DUE'), ('^refund blocked: ', 'REFUND_BLOCKED'),
  ('^refund settled: ', 'REFUND_SETTLED_ELSEWHERE'), ('^refunds: ', 'REFUND_STATUS_CHANGED'),
  ('^dispute: ', 'DISPUTE_STATUS_CHANGED'), (' picked up$', 'UNIT_PICKED_UP'), (' returned$', 'UNIT_RETURNED'),
  (' swapped for unit ', 'UNIT_REASSIGNED')`;

export class NameCauses extends Migration {
  override up(): void {
    this.nameCauses();
    this.nameActions();
    this.addSql(/* sql */ `
      alter table "refunds" add column "note" varchar(300) null;
      update "refunds" set "note" = "reason", "reason" = case
        when "reason" in ('the order had been paid already', 'the order was paid through its own session') then 'DUPLICATE_PAYMENT'
        when "reason" = 'another payment is under review' then 'OTHER_PAYMENT_UNDER_REVIEW'
        when "reason" in ('staff refused the payment', 'staff had refused the order before') then 'PAYMENT_REJECTED'
        when "reason" = 'paid after the goods had gone to others' then 'GOODS_UNAVAILABLE'
        when "reason" = 'paid after the rental was over' then 'RENTAL_OVER'
        when "reason" = 'a part that had gone back came back' then 'REFUND_REVERSED'
        when "reason" = 'made at Stripe' then 'MADE_AT_STRIPE'
        else 'OTHER' end;
      alter table "orders" add column "review_note" text null;
      update "orders" set "review_note" = "review_reason", "review_reason" = case
        when "review_reason" like 'the session was paid with %' then 'AMOUNT_MISMATCH'
        when "review_reason" = 'paid through another session' then 'OTHER_SESSION'
        when "review_reason" = 'not found at Stripe' then 'UNKNOWN_AT_STRIPE'
        when "review_reason" like 'the money has been on its way %' then 'PAYMENT_OVERDUE'
        else 'OTHER' end
        where "review_reason" is not null;
    `);
  }

  /** Timelines are for adding to, except here; writers wait for the moments that this takes. */
  private nameCauses(): void {
    this.addSql(/* sql */ `
      alter table "order_events" add column "note" varchar(300) null;
      alter table "order_events" disable trigger "append_only";
      update "order_events" e set "cause" = known.name from (values ${CAUSES}) known(words, name) where e."cause" = known.words;
      update "order_events" e set "cause" = known.name, "note" = case
          when known.pattern like '^%' or known.pattern like '%$' then regexp_replace(e."cause", known.pattern, '')
          else e."cause" end
        from (values ${CAUSES_WITH_NOTES}) known(pattern, name) where e."cause" ~ known.pattern;
      update "order_events" set "note" = "cause", "cause" = 'OTHER' where "cause" !~ '^[A-Z_]+$';
      alter table "order_events" enable trigger "append_only";
    `);
  }

  private nameActions(): void {
    this.addSql(/* sql */ `
      alter table "catalogue_changes" disable trigger "append_only";
      update "catalogue_changes" set "action" = case "action" when 'block released' then 'UNIT_UNBLOCKED'
        else upper(replace("action", ' ', '_')) end;
      alter table "catalogue_changes" enable trigger "append_only";
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      alter table "catalogue_changes" disable trigger "append_only";
      update "catalogue_changes" set "action" = case "action" when 'UNIT_UNBLOCKED' then 'block released'
        else lower(replace("action", '_', ' ')) end;
      alter table "catalogue_changes" enable trigger "append_only";
      update "orders" set "review_reason" = coalesce("review_note", "review_reason") where "review_reason" is not null;
      alter table "orders" drop column "review_note";
      update "refunds" set "reason" = coalesce("note", "reason");
      alter table "refunds" drop column "note";
      alter table "order_events" disable trigger "append_only";
      update "order_events" e set "cause" = known.words from (values ${CAUSES}) known(words, name) where e."cause" = known.name;
      update "order_events" e set "cause" = left(case known.name
          when 'UNIT_REASSIGNED' then e."note"
          when 'UNIT_PICKED_UP' then e."note" || ' picked up'
          when 'UNIT_RETURNED' then e."note" || ' returned'
          else substr(known.pattern, 2) || coalesce(e."note", '') end, 100)
        from (values ${CAUSES_WITH_NOTES}) known(pattern, name) where e."cause" = known.name;
      update "order_events" set "cause" = left("note", 100) where "cause" = 'OTHER' and "note" is not null;
      alter table "order_events" drop column "note";
      alter table "order_events" enable trigger "append_only";
    `);
  }
}
