/** Tells Stripe's events from everybody else's: the signature over the raw body. */
import { isUtf8 } from 'node:buffer';
import Stripe from 'stripe';
import type { Clock } from '../shared/clock.js';
import { toStripeEvent } from './stripe-event.js';

// Stripe's own tolerance. The SDK applies it to the past only; a signature from the future is as wrong.
const TOLERANCE_SECONDS = 300;
// What the SDK takes as no tolerance at all: the time is looked at here.
const ANY_TIME = 0;
// `t=1492774577,v1=5257a869…,v0=6ffbb59b…`
const HEADER_ITEM = /^(\w+)=([\w+/=-]+)$/;
const UNIX_TIME = /^\d{1,12}$/;
// Stripe signs with each secret of an endpoint that is being rotated; each signature is looked at under each of ours.
const MOST_SIGNATURES = 20;
// Anybody can send bodies whose signature is wrong: large ones are not worth the search for a cause. Stripe's
// events are seldom larger.
const LARGEST_EXAMINED_BYTES = 64 * 1024;

/**
 * What is wrong, in words that stay the same. A wrong secret and a changed content look alike, since both are a
 * signature that nobody can reproduce: `no_secret_matches`. Only JSON that was written anew on its way, by a proxy
 * or a framework, can be told from that: `body_reformatted`.
 */
export type WebhookProblem =
  | 'header_missing'
  | 'header_malformed'
  | 'no_secret_matches'
  | 'body_reformatted'
  | 'clock_skew'
  | 'body_not_utf8'
  | 'body_not_an_event';

/** Why a request to the webhook is not an event of Stripe's; for the log, never for the answer. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';

  constructor(
    readonly reason: WebhookProblem,
    /** What else the log should know. */
    readonly details: { ageSeconds?: number } = {},
  ) {
    super(reason);
  }
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
    if (!signatureHeader) throw new WebhookVerificationError('header_missing');
    const timestamp = timestampOf(signatureHeader);
    if (!isUtf8(rawBody)) throw new WebhookVerificationError('body_not_utf8');
    const event = this.firstVerified(rawBody, signatureHeader);
    if (event === null) {
      throw new WebhookVerificationError(
        this.isSignedInOtherFormat(rawBody, signatureHeader) ? 'body_reformatted' : 'no_secret_matches',
      );
    }
    const ageSeconds = Math.round(this.clock.now().getTime() / 1000 - timestamp);
    if (Math.abs(ageSeconds) > TOLERANCE_SECONDS) throw new WebhookVerificationError('clock_skew', { ageSeconds });
    const checked = toStripeEvent(event);
    if (checked === null) throw new WebhookVerificationError('body_not_an_event');
    return checked;
  }

  /** Null when no secret signed the body; whatever was signed otherwise. */
  private firstVerified(body: Buffer | string, header: string): unknown {
    for (const secret of this.secrets) {
      const event = tryVerify(body, header, secret);
      if (event !== null) return event;
    }
    return null;
  }

  /** Whether one of the usual ways to write this JSON was signed: Stripe's own has two blanks, a parser's none. */
  private isSignedInOtherFormat(rawBody: Buffer, header: string): boolean {
    if (rawBody.length > LARGEST_EXAMINED_BYTES) return false;
    const text = rawBody.toString();
    const formats = [text.trim(), text.replaceAll('\r\n', '\n'), ...jsonFormatsOf(text)];
    return formats.some((format) => format !== text && this.firstVerified(format, header) !== null);
  }
}

/** Strict, since the SDK reads the time by itself: what the two could read differently would make old events new. */
function timestampOf(header: string): number {
  const items = header.split(',').map((item) => HEADER_ITEM.exec(item));
  const valuesOf = (name: string) => items.filter((item) => item?.[1] === name).map((item) => item?.[2] ?? '');
  const [time = '', ...otherTimes] = valuesOf('t');
  const signatures = valuesOf('v1').length;
  const isWellFormed = !items.includes(null) && UNIX_TIME.test(time) && otherTimes.length === 0 && signatures >= 1;
  if (!isWellFormed || signatures > MOST_SIGNATURES) throw new WebhookVerificationError('header_malformed');
  return Number(time);
}

function tryVerify(body: Buffer | string, header: string, secret: string): unknown {
  try {
    return Stripe.webhooks.constructEvent(body, header, secret, ANY_TIME) ?? undefined;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return null;
    throw new WebhookVerificationError('body_not_an_event');
  }
}

function jsonFormatsOf(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return [JSON.stringify(value), JSON.stringify(value, null, 2)].flatMap((format) => [format, `${format}\n`]);
  } catch {
    return [];
  }
}
