/** Parses events of Stripe. */
import Stripe from 'stripe';

/** The API version whose objects the SDK, and thus the shop, understands. */
export const PINNED_API_VERSION: string = Stripe.API_VERSION;

// Far beyond any event, and within what the database's timestamps hold.
const LATEST_CREATED_SECONDS = 100_000_000_000;

/** The event in a stored or listed body; null for what is not JSON in UTF-8, or not an event. */
export function parseStripeEvent(body: Buffer): Stripe.Event | null {
  try {
    return toStripeEvent(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)));
  } catch {
    return null;
  }
}

/** Null for what is not an event: even a signed body can be `null`, a list, or hold members that fit no column. */
export function toStripeEvent(value: unknown): Stripe.Event | null {
  return isEvent(value) ? value : null;
}

/** The expression alone would accept the list `["evt_1"]`, and throw for what cannot be converted to a string. */
function isTextLike(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function isEvent(value: unknown): value is Stripe.Event {
  if (typeof value !== 'object' || value === null) return false;
  const { object, id, type, created, livemode, api_version: apiVersion, data } = value as Partial<Stripe.Event>;
  return (
    object === 'event' &&
    isTextLike(/^evt_\w{1,250}$/, id) &&
    isTextLike(/^[\w.]{1,255}$/, type) &&
    Number.isInteger(created) &&
    Math.abs(Number(created)) < LATEST_CREATED_SECONDS &&
    typeof livemode === 'boolean' &&
    (apiVersion == null || isTextLike(/^[\w.-]{1,50}$/, apiVersion)) &&
    typeof data?.object === 'object' &&
    data.object !== null
  );
}
