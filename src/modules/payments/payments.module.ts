/** Payments that are received, their effect on orders, and the Stripe account of the database. */
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { ShopModule } from '../../platform/module.js';
import type { PaymentGateway } from '../../stripe/payment-gateway.js';
import type { CancellationService } from './cancellation.service.js';
import { CheckoutSessionHandler, type CheckoutsByPurpose } from './checkout-session.handler.js';
import type { EventHandler } from './event-handler.js';
import type { EventOrders } from './event-orders.js';
import { Installation } from './installation.entity.js';
import { Payment } from './payment.entity.js';
import { type HoldListener, PaymentIntentCanceledHandler } from './payment-intent-canceled.handler.js';
import { PaymentIntentPaymentFailedHandler } from './payment-intent-payment-failed.handler.js';
import { PaymentResolver, PaymentsResolver } from './payments.resolver.js';
import type { PaymentsService } from './payments.service.js';
import { RecheckDelayedPaymentsJob } from './recheck-delayed-payments.job.js';
import type { ReturnPageService } from './return-page.service.js';
import type { ReviewService } from './review.service.js';
import { StripeAccount } from './stripe-account.entity.js';

interface PaymentsDependencies {
  payments: PaymentsService;
  otherCheckouts: CheckoutsByPurpose;
  holdListener: HoldListener;
  eventOrders: EventOrders;
  returnPage: ReturnPageService;
  cancellation: CancellationService;
  review: ReviewService;
  gateway: PaymentGateway;
  clock: Clock;
  logger: Logger;
}

export const paymentsModule: ShopModule<PaymentsDependencies, EventHandler> = {
  entities: [Payment, Installation, StripeAccount],
  resolvers: [PaymentsResolver, PaymentResolver],
  createResolvers: ({ returnPage, cancellation, review, payments }) => [
    new PaymentsResolver(returnPage, cancellation, review, payments),
  ],
  createJobs: ({ payments, gateway, clock, logger }) => [
    new RecheckDelayedPaymentsJob(payments, gateway, clock, logger),
  ],
  createEventHandlers: ({ eventOrders, payments, otherCheckouts, holdListener }) => [
    new CheckoutSessionHandler(eventOrders, payments, otherCheckouts),
    new PaymentIntentPaymentFailedHandler(eventOrders, payments),
    new PaymentIntentCanceledHandler(eventOrders, payments, holdListener),
  ],
  access: {
    'Query.orderBySession': 'ownerOrStaff',
    'Mutation.acceptPayment': 'staff',
    'Mutation.cancelOrder': 'ownerOrStaff',
    'Mutation.rejectPayment': 'staff',
    AcceptPaymentPayload: 'staff',
    Payment: 'signedIn',
    RejectPaymentPayload: 'staff',
  },
};
