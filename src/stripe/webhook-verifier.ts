/** Verifies that a request is from Stripe, by its signature over the raw body. */
import { isUtf8 } from 'node:buffer';
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type Stripe from 'stripe';
import type { Clock } from '../platform/kernel/clock.js';
import { indented, withoutWhiteSpace } from './json-layout.js';
import { toStripeEvent } from './stripe-event.js';

// Stripe's own tolerance. The SDK applies it to the past only; a signature from the future is as wrong.
const TOLERANCE_SECONDS = 300;
// `t=1492774577,v1=5257a869…,v0=6ffbb59b…`
const HEADER_ITEM = /^(\w+)=([\w+/=-]+)$/;
const UNIX_TIME = /^\d{1,12}$/;
// Stripe signs with each secret of an endpoint that is being rotated; each signature is checked with each of ours.
const MAX_SIGNATURES = 20;
// Anybody can send bodies whose signature is wrong: for large ones the cause is not searched. Stripe's
// events are seldom larger.
const MAX_EXAMINED_BYTES = 16 * 1024;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * What is wrong, by a stable code. A wrong secret and a changed body look alike, since both give a
 * signature that nobody can reproduce: `no_secret_matches`. Only a body whose white space was changed on its way, by a
 * proxy or a framework, can be distinguished: `body_reformatted`.
 */
export type WebhookProblem =
  | 'header_missing'
  | 'header_malformed'
  | 'no_secret_matches'
  | 'body_reformatted'
  | 'clock_skew'
  | 'body_not_utf8'
  | 'body_has_byte_order_mark'
  | 'body_not_json'
  | 'body_not_an_event';

/** Why a request to the webhook is not an event of Stripe's; for the log, never for the response. */
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

/** The parts of the header `Stripe-Signature`. */
interface Signatures {
  /** As it is signed, in front of the body. */
  time: string;
  digests: Buffer[];
}

export class WebhookVerifier {
  private readonly keys: readonly KeyObject[];

  /** @param secrets never empty, which the configuration sees to: an empty secret verifies what anyone can forge */
  constructor(
    secrets: readonly string[],
    private readonly clock: Clock,
  ) {
    this.keys = secrets.map((secret) => createSecretKey(secret, 'utf8'));
  }

  /**
   * The event, if any of the secrets signed these very bytes within the last, or next, five minutes. The SDK would
   * verify, and parse, a text that it decodes from them. Before the signature is known to be Stripe's, nothing is done
   * that costs more than to hash the body once for each secret.
   *
   * @throws WebhookVerificationError
   */
  verify(rawBody: Buffer, signatureHeader: string | undefined): Stripe.Event {
    if (!signatureHeader) throw new WebhookVerificationError('header_missing');
    const signatures = signaturesOf(signatureHeader);
    if (!this.isSigned(rawBody, signatures)) {
      const isReformatted = this.isSignedInOtherLayout(rawBody, signatures);
      throw new WebhookVerificationError(isReformatted ? 'body_reformatted' : 'no_secret_matches');
    }
    const ageSeconds = Math.round(this.clock.now().getTime() / 1000 - Number(signatures.time));
    if (Math.abs(ageSeconds) > TOLERANCE_SECONDS) throw new WebhookVerificationError('clock_skew', { ageSeconds });
    const event = toStripeEvent(parsed(rawBody));
    if (event === null) throw new WebhookVerificationError('body_not_an_event');
    return event;
  }

  private isSigned(body: Buffer | string, { time, digests }: Signatures): boolean {
    return this.keys.some((key) => {
      const expected = createHmac('sha256', key).update(`${time}.`).update(body).digest();
      return digests.some((digest) => digest.length === expected.length && timingSafeEqual(digest, expected));
    });
  }

  /** Whether the body was signed with other white space: Stripe's own has lines and blanks, a parser's none. */
  private isSignedInOtherLayout(rawBody: Buffer, signatures: Signatures): boolean {
    if (rawBody.length > MAX_EXAMINED_BYTES) return false;
    const text = rawBody.toString();
    const trimmed = text.trim();
    const layouts = [trimmed, `${trimmed}\n`, text.replaceAll('\r\n', '\n'), withoutWhiteSpace(text), indented(text)];
    return layouts.some((layout) => layout !== null && layout !== text && this.isSigned(layout, signatures));
  }
}

/** Strict: a header that two parsers could read differently would make old events new. */
function signaturesOf(header: string): Signatures {
  const items = header.split(',').map((item) => HEADER_ITEM.exec(item));
  const valuesOf = (name: string) => items.filter((item) => item?.[1] === name).map((item) => item?.[2] ?? '');
  const [time = '', ...otherTimes] = valuesOf('t');
  const digests = valuesOf('v1').map((digest) => Buffer.from(digest, 'hex'));
  const isWellFormed = !items.includes(null) && UNIX_TIME.test(time) && otherTimes.length === 0 && digests.length >= 1;
  if (!isWellFormed || digests.length > MAX_SIGNATURES) throw new WebhookVerificationError('header_malformed');
  return { time, digests };
}

/** A byte order mark is not JSON; decoders drop it silently, so that others would read what was not signed. */
function parsed(rawBody: Buffer): unknown {
  if (!isUtf8(rawBody)) throw new WebhookVerificationError('body_not_utf8');
  if (rawBody.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
    throw new WebhookVerificationError('body_has_byte_order_mark');
  }
  try {
    return JSON.parse(rawBody.toString());
  } catch {
    throw new WebhookVerificationError('body_not_json');
  }
}
