/** Removes personal data from Stripe's objects: what may stay once a customer was anonymised. */

/**
 * The members that stay, wherever they stand: what an object is, how much, in what state, and whose by opaque ids. A
 * list of what stays, not of what is removed: a member that Stripe adds must not keep somebody's address.
 */
const KEPT = new Set([
  // Of the event.
  'id',
  'object',
  'api_version',
  'created',
  'livemode',
  'pending_webhooks',
  'type',
  'account',
  'request',
  'data',
  'previous_attributes',
  // What it is about.
  'balance_transaction',
  'charge',
  'charges',
  'client_reference_id',
  'customer',
  'dispute',
  'latest_charge',
  'payment_intent',
  'payment_method',
  'refunds',
  'source_refund_reversal',
  // How much.
  'amount',
  'amount_capturable',
  'amount_captured',
  'amount_received',
  'amount_refunded',
  'amount_subtotal',
  'amount_total',
  'currency',
  'total_count',
  'has_more',
  // How it stands.
  'canceled_at',
  'cancellation_reason',
  'captured',
  'code',
  'decline_code',
  'disputed',
  'expires_at',
  'failure_code',
  'failure_reason',
  'last_payment_error',
  'mode',
  'paid',
  'payment_method_types',
  'payment_status',
  'reason',
  'refunded',
  'status',
]);

// What the shop writes into metadata itself; people may have added anything.
const KEPT_METADATA = new Set(['application', 'order_id', 'refund_id', 'installation_id', 'purpose', 'row_id']);

// The parameters of a checkout that say what was sold; the others name the buyer, and the page to return to.
const KEPT_PARAMETERS = new Set([
  'mode',
  'client_reference_id',
  'metadata',
  'payment_intent_data',
  'line_items',
  'expires_at',
  'adaptive_pricing',
  'excluded_payment_method_types',
]);

// What stays of a body that cannot be parsed: it may contain personal data anywhere.
const NOTHING = Buffer.from('{}');

/**
 * The body of a stored event with only what reconciliation and a replay need; the signature no longer fits it. Never
 * throws: personal data must not stay because a body is malformed.
 */
export function eventWithoutPersonalData(body: Buffer): Buffer {
  try {
    // Without a byte order mark, which was once let through.
    const event: unknown = JSON.parse(new TextDecoder().decode(body));
    return isObject(event) ? Buffer.from(JSON.stringify(withoutPeople(event))) : NOTHING;
  } catch {
    // No JSON, or nested deeper than can be followed.
    return NOTHING;
  }
}

/** What stays of the request that created a checkout. */
export function checkoutRequestWithoutPersonalData(request: Record<string, unknown>): Record<string, unknown> {
  return only(request, KEPT_PARAMETERS);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutPeople(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPeople);
  if (!isObject(value)) return value;
  const kept = Object.entries(only(value, KEPT)).map(([name, member]) => [name, withoutPeople(member)]);
  const { metadata } = value as { metadata?: unknown };
  if (isObject(metadata)) kept.push(['metadata', only(metadata, KEPT_METADATA)]);
  return Object.fromEntries(kept);
}

function only(value: object, names: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.has(name)));
}
