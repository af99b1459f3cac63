/** Identifies repeated requests for a checkout. */
import { createHash } from 'node:crypto';
import type { CreateCheckoutSessionInput } from './checkout.input.js';

/**
 * A digest of the input as it was sent: without prices and before a missing start date becomes today, so
 * that a repetition after a price change or midnight is still the same request.
 */
export function fingerprintOf(input: CreateCheckoutSessionInput): string {
  const { items, customerInfo: customer } = input;
  const canonical = [
    items.map(({ type, id, quantity, days, startDate }) => [type, id, quantity, days, startDate ?? null]),
    [customer.firstName, customer.lastName, customer.email, customer.phone ?? null],
    [customer.address, customer.city, customer.postalCode ?? null, customer.country],
    [input.successUrl, input.cancelUrl, input.acceptedTermsVersion ?? null],
    // Only where it is given, so that requests from before this field existed keep their digest.
    ...(input.replacesOrderId ? [[input.replacesOrderId]] : []),
  ];
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
