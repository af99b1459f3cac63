/** A payment gateway that yields to other tasks before and after every call. */

import type { CallContext } from '../../src/stripe/call-context.js';
import type { CardPayments } from '../../src/stripe/card-payments.js';
import type { OrderMark, Span } from '../../src/stripe/object-mark.js';
import type {
  CheckoutRequest,
  CheckoutSnapshot,
  DisputeEvidence,
  EvidenceFile,
  PaymentGateway,
  RefundDetails,
  RefundSnapshot,
} from '../../src/stripe/payment-gateway.js';

/** The e-mail address of a buyer whose session, for whatever reason, asks for a cent more than their order. */
export const MISMATCH_EMAIL = 'one-cent-more@example.com';

export class YieldingGateway implements PaymentGateway {
  readonly cards: CardPayments;

  constructor(
    private readonly inner: PaymentGateway,
    private readonly pause: (place: string) => Promise<void>,
  ) {
    const { cards } = inner;
    this.cards = {
      buildRequest: (details) => cards.buildRequest(details),
      savedCard: (...request) => this.between('saved card', () => cards.savedCard(...request)),
      pay: (...request) => this.between('pay by card', () => cards.pay(...request)),
      find: (...request) => this.between('find card payment', () => cards.find(...request)),
      retrieve: (...request) => this.between('retrieve card payment', () => cards.retrieve(...request)),
      cancel: (...request) => this.between('cancel hold', () => cards.cancel(...request)),
      capture: (...request) => this.between('capture hold', () => cards.capture(...request)),
    };
  }

  buildCheckoutRequest(...details: Parameters<PaymentGateway['buildCheckoutRequest']>): CheckoutRequest {
    return this.inner.buildCheckoutRequest(...details);
  }

  createCheckout(request: CheckoutRequest, idempotencyKey: string, call: CallContext): Promise<CheckoutSnapshot> {
    return this.between('create checkout', () =>
      this.inner.createCheckout(withOtherAmount(request), idempotencyKey, call),
    );
  }

  findCheckoutOfOrder(mark: OrderMark, createdIn: Span, call: CallContext): Promise<CheckoutSnapshot | null> {
    return this.between('find checkout', () => this.inner.findCheckoutOfOrder(mark, createdIn, call));
  }

  expireCheckout(sessionId: string, call: CallContext): Promise<CheckoutSnapshot> {
    return this.between('expire checkout', () => this.inner.expireCheckout(sessionId, call));
  }

  retrieveCheckout(sessionId: string, call: CallContext): Promise<CheckoutSnapshot | null> {
    return this.between('retrieve checkout', () => this.inner.retrieveCheckout(sessionId, call));
  }

  refund(details: RefundDetails, call: CallContext): Promise<RefundSnapshot> {
    return this.between('refund', () => this.inner.refund(details, call));
  }

  refundsOf(paymentIntentId: string, call: CallContext) {
    return this.between('refunds of payment', () => this.inner.refundsOf(paymentIntentId, call));
  }

  dispute(disputeId: string, call: CallContext) {
    return this.between('dispute', () => this.inner.dispute(disputeId, call));
  }

  stageEvidence(disputeId: string, evidence: DisputeEvidence, call: CallContext) {
    return this.between('stage evidence', () => this.inner.stageEvidence(disputeId, evidence, call));
  }

  submitEvidence(disputeId: string, idempotencyKey: string, call: CallContext) {
    return this.between('submit evidence', () => this.inner.submitEvidence(disputeId, idempotencyKey, call));
  }

  acceptDispute(disputeId: string, idempotencyKey: string, call: CallContext) {
    return this.between('accept dispute', () => this.inner.acceptDispute(disputeId, idempotencyKey, call));
  }

  uploadEvidence(file: EvidenceFile, idempotencyKey: string, call: CallContext) {
    return this.between('upload evidence', () => this.inner.uploadEvidence(file, idempotencyKey, call));
  }

  disputesOf(paymentIntentId: string, call: CallContext) {
    return this.between('disputes of payment', () => this.inner.disputesOf(paymentIntentId, call));
  }

  retrieveObject(...[object, id, call]: Parameters<PaymentGateway['retrieveObject']>): Promise<object | null> {
    return this.between('retrieve object', () => this.inner.retrieveObject(object, id, call));
  }

  listEvents(types: readonly string[], span: Span) {
    return this.pagesOf('list events', this.inner.listEvents(types, span));
  }

  listCheckouts(span: Span) {
    return this.pagesOf('list checkouts', this.inner.listCheckouts(span));
  }

  listRefundsAndDisputes(span: Span) {
    return this.pagesOf('list refunds and disputes', this.inner.listRefundsAndDisputes(span));
  }

  admit(call: CallContext): Promise<void> {
    return this.inner.admit(call);
  }

  accountId(call: CallContext): Promise<string | null> {
    return this.inner.accountId(call);
  }

  private async between<Answer>(call: string, ask: () => Promise<Answer>): Promise<Answer> {
    await this.pause(`before Stripe: ${call}`);
    const answer = await ask();
    await this.pause(`after Stripe: ${call}`);
    return answer;
  }

  private async *pagesOf<Page>(call: string, pages: AsyncIterable<Page>): AsyncGenerator<Page> {
    await this.pause(`before Stripe: ${call}`);
    for await (const page of pages) {
      await this.pause(`after Stripe: ${call}`);
      yield page;
    }
  }
}

/** The same for every repetition of the request, as a wrong price at Stripe would be. */
function withOtherAmount(request: CheckoutRequest): CheckoutRequest {
  if (request.customer_email !== MISMATCH_EMAIL) return request;
  const changed = structuredClone(request) as {
    line_items: { quantity: number; price_data: { unit_amount: number } }[];
  };
  const [first] = changed.line_items;
  if (first) first.price_data.unit_amount += 1;
  return { ...changed };
}
