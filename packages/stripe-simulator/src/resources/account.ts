/** `/v1/account`: the one account that all of the simulator's objects belong to. */
import type Stripe from 'stripe';
import { expandField } from '../parameter-schema.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';

/** What buyers know the merchant by. */
export const BUSINESS_NAME = 'Stripe simulator';

export function accountRoutes({ store }: Simulation): Route[] {
  return [
    defineRoute<Stripe.AccountRetrieveCurrentParams>({
      method: 'GET',
      path: '/v1/account',
      answers: 'account',
      parameters: { expand: expandField },
      handle: () => buildAccount(store.accountId),
    }),
  ];
}

function buildAccount(id: string): Stripe.Account {
  return {
    id,
    object: 'account',
    business_profile: {
      annual_revenue: null,
      estimated_worker_count: null,
      mcc: null,
      minority_owned_business_designation: null,
      name: BUSINESS_NAME,
      product_description: null,
      specified_commercial_transactions_act_url: null,
      support_address: null,
      support_email: null,
      support_phone: null,
      support_url: null,
      url: null,
    },
    business_type: 'company',
    capabilities: { card_payments: 'active', transfers: 'active' },
    charges_enabled: true,
    controller: { type: 'account' },
    country: 'FR',
    default_currency: 'eur',
    details_submitted: true,
    email: 'simulator@example.com',
    metadata: {},
    payouts_enabled: true,
    type: 'standard',
  } satisfies Stripe.Account;
}
