/** The customer as the API shows it, and how one comes to be. */
import { randomInt } from 'node:crypto';
import type Stripe from 'stripe';
import { unixSeconds } from '../clock.js';
import type { Complete } from '../complete-object.js';
import { missingObject } from '../errors.js';
import type { EventCause } from '../event-recorder.js';
import { createId } from '../ids.js';
import type { Simulation } from '../simulation.js';
import type { Store } from '../store.js';

/** One value for all of them: objects are replaced, never changed, so they can share what is always alike. */
const FIELDS_WITHOUT_A_VALUE = {
  address: null,
  balance: 0,
  currency: null,
  customer_account: null,
  default_source: null,
  delinquent: false,
  description: null,
  discount: null,
  email: null,
  invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
  livemode: false,
  metadata: {},
  name: null,
  next_invoice_sequence: 1,
  phone: null,
  preferred_locales: [],
  shipping: null,
  tax_exempt: 'none',
  test_clock: null,
} satisfies Partial<Stripe.Customer>;

type CustomerFields = Partial<Omit<Stripe.Customer, 'id' | 'object' | 'created' | 'deleted'>>;

export function createCustomer(
  { store, clock, events }: Simulation,
  given: CustomerFields,
  cause: EventCause,
): Stripe.Customer {
  const customer = {
    ...FIELDS_WITHOUT_A_VALUE,
    invoice_prefix: createInvoicePrefix(),
    ...given,
    id: createId('customer'),
    object: 'customer',
    created: unixSeconds(clock),
  } satisfies Complete<
    Stripe.Customer,
    // Shown when they are expanded, or set.
    | 'business_name'
    | 'cash_balance'
    | 'deleted'
    | 'individual_name'
    | 'invoice_credit_balance'
    | 'sources'
    | 'subscriptions'
    | 'tax'
    | 'tax_ids'
  >;
  store.customers.put(customer);
  events.record('customer.created', { object: customer }, cause);
  return customer;
}

/** The customer that a parameter names. One that was deleted takes part in nothing new. */
export function findCustomer({ customers }: Store, id: string, param = 'customer'): Stripe.Customer {
  const customer = customers.get(id);
  if (customer === undefined || customer.deleted === true) throw missingObject('customer', id, param);
  return customer;
}

/** Eight letters and digits before the numbers of a customer's invoices. */
function createInvoicePrefix(): string {
  return randomInt(36 ** 8)
    .toString(36)
    .padStart(8, '0')
    .toUpperCase();
}
