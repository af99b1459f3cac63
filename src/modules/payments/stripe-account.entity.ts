/** The Stripe account that this database belongs to, and up to when its events have been read. */
import { defineEntity, p } from '@mikro-orm/core';

const StripeAccountSchema = defineEntity({
  name: 'StripeAccount',
  tableName: 'stripe_accounts',
  properties: {
    /** There is one row: a database belongs to one account. */
    id: p.integer().primary().autoincrement(false),
    /** Stripe's `acct_…`; null while no key was allowed to read it. */
    accountId: p.string().length(255).nullable(),
    /**
     * Live and test mode of an account have the same id, and none of each other's objects. Null before the first look.
     */
    livemode: p.boolean().nullable(),
    /** Every event that was created before is in the inbox; null before the first reconciliation. */
    eventsReadUntil: p.datetime().nullable(),
  },
  checks: [{ name: 'stripe_accounts_one_row', expression: 'id = 1' }],
});

export class StripeAccount extends StripeAccountSchema.class {}
StripeAccountSchema.setClass(StripeAccount);
