/** A payment gateway whose callers give their turn away before and after every call: others may come between. */

import type { Deadline } from '../../src/stripe/deadline.js';
import type {
  CheckoutRequest,
  CheckoutSnapshot,
  OrderMark,
  PaymentGateway,
  RefundDetails,
  RefundSnapshot,
  Span,
} from '../../src/stripe/payment-gateway.js';

/** The e-mail address of a buyer whose session, for whatever reason, asks for a cent more than their order. */
export const MISMATCH_EMAIL = 'one-cent-more@example.com';

export class YieldingGateway implements PaymentGateway {
  constructor(
    private readonly inner: PaymentGateway,
    private readonly pause: (place: string) => Promise<void>,
  ) {}

  buildCheckoutRequest(...details: Parameters<PaymentGateway['buildCheckoutRequest']>): CheckoutRequest {
    return this.inner.buildCheckoutRequest(...details);
  }

  createCheckout(request: CheckoutRequest, idempotencyKey: string, deadline: Deadline): Promise<CheckoutSnapshot> {
    return this.between('create checkout', () =>
      this.inner.createCheckout(withOtherAmount(request), idempotencyKey, deadline),
    );
  }

  findCheckoutOfOrder(mark: OrderMark, createdIn: Span, deadline: Deadline): Promise<CheckoutSnapshot | null> {
    return this.between('find checkout', () => this.inner.findCheckoutOfOrder(mark, createdIn, deadline));
  }

  expireCheckout(sessionId: string, deadline: Deadline): Promise<CheckoutSnapshot> {
    return this.between('expire checkout', () => this.inner.expireCheckout(sessionId, deadline));
  }

  retrieveCheckout(sessionId: string, deadline: Deadline): Promise<CheckoutSnapshot | null> {
    return this.between('retrieve checkout', () => this.inner.retrieveCheckout(sessionId, deadline));
  }

  refund(details: RefundDetails, deadline: Deadline): Promise<RefundSnapshot> {
    return this.between('refund', () => this.inner.refund(details, deadline));
  }

  refundsOf(paymentIntentId: string, deadline: Deadline) {
    return this.between('refunds of payment', () => this.inner.refundsOf(paymentIntentId, deadline));
  }

  disputesOf(paymentIntentId: string, deadline: Deadline) {
    return this.between('disputes of payment', () => this.inner.disputesOf(paymentIntentId, deadline));
  }

  retrieveObject(...[object, id, deadline]: Parameters<PaymentGateway['retrieveObject']>): Promise<object | null> {
    return this.between('retrieve object', () => this.inner.retrieveObject(object, id, deadline));
  }

  listEvents(types: readonly string[], span: Span) {
    return this.pagesOf('list events', this.inner.listEvents(types, span));
  }

  listCheckouts(span: Span) {
    return this.pagesOf('list checkouts', this.inner.listCheckouts(span));
  }

  listMoneyMovements(span: Span) {
    return this.pagesOf('list money movements', this.inner.listMoneyMovements(span));
  }

  admit(deadline: Deadline): Promise<void> {
    return this.inner.admit(deadline);
  }

  accountId(deadline: Deadline): Promise<string | null> {
    return this.inner.accountId(deadline);
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
