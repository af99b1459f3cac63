/** The Stripe account that this database belongs to, and up to when its events are known to be here. */
import { defineEntity, p } from '@mikro-orm/core';

const StripeAccountSchema = defineEntity({
  name: 'StripeAccount',
  tableName: 'stripe_accounts',
  properties: {
    /** There is one row: orders of two accounts in one database could not be told apart. */
    id: p.integer().primary().autoincrement(false),
    /** Stripe's `acct_…`. */
    accountId: p.string().length(255),
    /** Every event that was created before is in the inbox; null before the first reconciliation. */
    eventsReadUntil: p.datetime().nullable(),
  },
  checks: [{ name: 'stripe_accounts_one_row', expression: 'id = 1' }],
});

export class StripeAccount extends StripeAccountSchema.class {}
StripeAccountSchema.setClass(StripeAccount);
