/** Card payments without the buyer, and holds, on Stripe's SDK. */
import Stripe from 'stripe';
import type { CallContext } from './call-context.js';
import type {
  CardPaymentDetails,
  CardPaymentRequest,
  CardPaymentSnapshot,
  CardPayments,
  SavedCard,
} from './card-payments.js';
import { purposeMetadata } from './checkout-request.js';
import type { Span } from './object-mark.js';
import { PaymentProviderError } from './payment-gateway.js';
import type { StripeCalls } from './stripe-calls.js';
import { idOf, ownMetadata, toDate } from './stripe-snapshots.js';

// Only there does Stripe say until when a sum can be captured.
const WITH_CHARGE = { expand: ['latest_charge'] };
// Stripe dates its objects by its own clock.
const CLOCK_SLACK_SECONDS = 300;

export class StripeCardPayments implements CardPayments {
  constructor(
    private readonly stripe: Stripe,
    private readonly calls: StripeCalls,
  ) {}

  async savedCard(paymentIntentId: string, call: CallContext): Promise<SavedCard | null> {
    const intent = await this.intent(paymentIntentId, call, { expand: ['payment_method'] });
    const method = intent?.payment_method;
    const customerId = idOf(intent?.customer);
    // Stripe may save another method than the buyer paid with, such as the account behind one.
    if (customerId === null || typeof method !== 'object' || method?.type !== 'card') return null;
    return intent?.setup_future_usage === 'off_session' ? { customerId, paymentMethodId: method.id } : null;
  }

  buildRequest(details: CardPaymentDetails): CardPaymentRequest {
    const { amountMinor, currency, card, hold } = details;
    const parameters: Stripe.PaymentIntentCreateParams = {
      amount: amountMinor,
      currency: currency.toLowerCase(),
      customer: card.customerId,
      payment_method: card.paymentMethodId,
      allowed_payment_method_types: ['card'],
      capture_method: hold ? 'manual' : 'automatic',
      confirm: true,
      off_session: true,
      metadata: purposeMetadata(details),
      // Banks tell a sum that was not agreed before from a hold that was.
      ...(hold ? {} : { payment_method_options: { card: { stored_credential_usage: 'unscheduled' } } }),
      ...WITH_CHARGE,
    };
    return { ...parameters };
  }

  async pay(request: CardPaymentRequest, idempotencyKey: string, call: CallContext): Promise<CardPaymentSnapshot> {
    const parameters = request as unknown as Stripe.PaymentIntentCreateParams;
    const intent = await this.calls.object(call, (options) =>
      this.stripe.paymentIntents.create(parameters, { ...options, idempotencyKey }).catch(refusedIntent),
    );
    return this.withoutWaiting(intent, call);
  }

  async find(
    { customerId, rowId }: { customerId: string; rowId: string },
    { from, to }: Span,
    call: CallContext,
  ): Promise<CardPaymentSnapshot | null> {
    const seconds = (instant: Date) => Math.floor(instant.getTime() / 1000);
    const created = { gte: seconds(from) - CLOCK_SLACK_SECONDS, lte: seconds(to) + CLOCK_SLACK_SECONDS };
    const filter = { customer: customerId, created, expand: ['data.latest_charge'] };
    const pages = this.calls.pages(
      (page, options) => this.stripe.paymentIntents.list({ ...page, ...filter }, options),
      call,
    );
    for await (const page of pages) {
      const match = page.find(({ metadata }) => ownMetadata(metadata).rowId === rowId);
      if (match) return this.withoutWaiting(match, call);
    }
    return null;
  }

  async retrieve(paymentIntentId: string, call: CallContext): Promise<CardPaymentSnapshot | null> {
    const intent = await this.intent(paymentIntentId, call, WITH_CHARGE);
    return intent === null ? null : toCardPaymentSnapshot(intent);
  }

  cancel(paymentIntentId: string, call: CallContext): Promise<CardPaymentSnapshot> {
    return this.change(paymentIntentId, call, (options) =>
      this.stripe.paymentIntents.cancel(paymentIntentId, WITH_CHARGE, options),
    );
  }

  async capture(paymentIntentId: string, amountMinor: number, call: CallContext): Promise<CardPaymentSnapshot> {
    const parameters = { amount_to_capture: amountMinor, ...WITH_CHARGE };
    let isLost = false;
    const payment = await this.change(paymentIntentId, call, (options) =>
      this.stripe.paymentIntents.capture(paymentIntentId, parameters, options).catch((error: unknown) => {
        isLost = isHoldLost(error);
        throw error;
      }),
    );
    // The bank let go of the sum and Stripe did not know: nothing is to be expected of it any more.
    if (!isLost) return payment;
    const ended = payment.status === 'held' ? await this.cancel(paymentIntentId, call) : payment;
    // It may have been canceled by a call before this one, whose answer was lost.
    return { ...ended, expired: ended.expired || ended.status === 'canceled' };
  }

  /** What cannot be changed any more is read: it was changed before, or by somebody else. */
  private async change(
    paymentIntentId: string,
    call: CallContext,
    send: (options: Stripe.RequestOptions) => Promise<Stripe.PaymentIntent>,
  ): Promise<CardPaymentSnapshot> {
    try {
      return toCardPaymentSnapshot(await this.calls.object(call, send));
    } catch (error) {
      const isRefused = error instanceof PaymentProviderError && (error.kind === 'rejected' || error.kind === 'broken');
      if (!isRefused) throw error;
      const current = await this.retrieve(paymentIntentId, call);
      if (current === null) throw new PaymentProviderError('missing', 'Stripe does not find the payment.', null);
      return current;
    }
  }

  /** Nobody is to pay it later, when another way to pay is open. */
  private async withoutWaiting(intent: Stripe.PaymentIntent, call: CallContext): Promise<CardPaymentSnapshot> {
    const snapshot = toCardPaymentSnapshot(intent);
    return snapshot.status === 'open'
      ? { ...(await this.cancel(intent.id, call)), refusal: snapshot.refusal }
      : snapshot;
  }

  private async intent(
    id: string,
    call: CallContext,
    parameters: Stripe.PaymentIntentRetrieveParams,
  ): Promise<Stripe.PaymentIntent | null> {
    try {
      return await this.calls.object(call, (options) => this.stripe.paymentIntents.retrieve(id, parameters, options));
    } catch (error) {
      if (error instanceof PaymentProviderError && error.kind === 'missing') return null;
      throw error;
    }
  }
}

function isHoldLost(error: unknown): boolean {
  const code = error instanceof Stripe.errors.StripeError ? error.code : undefined;
  return code === 'charge_expired_for_capture' || code === 'capture_charge_authorization_expired';
}

/** The bank's refusal is an answer: Stripe sends the payment with its error. */
function refusedIntent(error: unknown): Stripe.PaymentIntent {
  const intent = error instanceof Stripe.errors.StripeCardError ? error.payment_intent : undefined;
  if (!intent) throw error;
  return intent;
}

function toCardPaymentSnapshot(intent: Stripe.PaymentIntent): CardPaymentSnapshot {
  return {
    paymentIntentId: intent.id,
    status: statusOf(intent),
    amountMinor: intent.amount,
    receivedMinor: intent.amount_received,
    currency: intent.currency.toUpperCase(),
    captureBefore: captureBefore(intent),
    expired: intent.cancellation_reason === 'expired' || intent.cancellation_reason === 'automatic',
    refusal: refusalOf(intent),
    createdAt: toDate(intent.created),
    ...ownMetadata(intent.metadata),
  };
}

function statusOf({ status }: Stripe.PaymentIntent): CardPaymentSnapshot['status'] {
  switch (status) {
    case 'requires_capture':
      return 'held';
    case 'succeeded':
      return 'succeeded';
    case 'processing':
      return 'processing';
    case 'canceled':
      return 'canceled';
    default:
      return 'open';
  }
}

function captureBefore({ latest_charge: charge }: Stripe.PaymentIntent): Date | null {
  if (charge === null || typeof charge === 'string') return null;
  const seconds = charge.payment_method_details?.card?.capture_before;
  return seconds === undefined ? null : toDate(seconds);
}

/** The bank's own word says more than that it declined. */
function refusalOf({ last_payment_error: error }: Stripe.PaymentIntent): string | null {
  return error?.decline_code ?? error?.code ?? null;
}
