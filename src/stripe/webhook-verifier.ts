/** Tells Stripe's events from everybody else's: the signature over the raw body. */
import { isUtf8 } from 'node:buffer';
import Stripe from 'stripe';
import type { Clock } from '../shared/clock.js';
import { toStripeEvent } from './stripe-event.js';

// Stripe's own tolerance. The SDK applies it to the past only; a signature from the future is as wrong.
const TOLERANCE_SECONDS = 300;

/** Why a request to the webhook is not an event of Stripe's; for the log, never for the answer. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

export class WebhookVerifier {
  constructor(
    /** Never empty, which the configuration sees to: an empty secret verifies what anyone can forge. */
    private readonly secrets: readonly string[],
    private readonly clock: Clock,
  ) {}

  /**
   * The event, if any of the secrets signed these very bytes within the last, or next, five minutes.
   *
   * @throws WebhookVerificationError
   */
  verify(rawBody: Buffer, signatureHeader: string | undefined): Stripe.Event {
    if (!signatureHeader) throw new WebhookVerificationError('the Stripe-Signature header is missing');
    const now = this.clock.now().getTime() / 1000;
    const [timestamp, ...others] = [...signatureHeader.matchAll(/\bt=\s*(\d+)/g)].map(([, seconds]) => Number(seconds));
    // With several, the SDK and this check might each believe another one.
    if (timestamp === undefined || others.length > 0)
      throw new WebhookVerificationError('the signature has no one time');
    if (timestamp > now + TOLERANCE_SECONDS) throw new WebhookVerificationError('the signature is from the future');
    if (!isUtf8(rawBody)) throw new WebhookVerificationError('the body is not UTF-8');
    for (const secret of this.secrets) {
      const event = this.tryVerify(rawBody, signatureHeader, secret);
      if (event !== null) return checkedShape(event);
    }
    throw new WebhookVerificationError('no secret matches: wrong secret, altered body or a signature too old');
  }

  private tryVerify(rawBody: Buffer, header: string, secret: string): unknown {
    try {
      const receivedAt = this.clock.now().getTime();
      return (
        Stripe.webhooks.constructEvent(rawBody, header, secret, TOLERANCE_SECONDS, undefined, receivedAt) ?? undefined
      );
    } catch (error) {
      if (error instanceof Stripe.errors.StripeSignatureVerificationError) return null;
      throw new WebhookVerificationError('the body is signed but is not an event', { cause: error });
    }
  }
}

function checkedShape(value: unknown): Stripe.Event {
  const event = toStripeEvent(value);
  if (event === null) throw new WebhookVerificationError('the body is signed but is not an event');
  return event;
}
