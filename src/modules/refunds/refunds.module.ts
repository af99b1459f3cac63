/** Refunds, and the sync of refunds and disputes. */
import type { JobRequests } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { ShopModule } from '../../platform/module.js';
import type { PaymentGateway } from '../../stripe/payment-gateway.js';
import type { OrdersService } from '../orders/orders.service.js';
import type { EventHandler } from '../payments/event-handler.js';
import type { PaymentSyncRequests } from '../payments/payment-sync-requests.js';
import type { PaymentsService } from '../payments/payments.service.js';
import { ChargeRefundedHandler } from './charge-refunded.handler.js';
import { IssueRefundsJob } from './issue-refunds.job.js';
import type { PaymentSyncService } from './payment-sync.service.js';
import { Refund } from './refund.entity.js';
import { RefundHandler } from './refund.handler.js';
import { RefundAttempt } from './refund-attempt.entity.js';
import type { RefundClaimsService } from './refund-claims.service.js';
import { RefundLine } from './refund-line.entity.js';
import {
  OrderRefundsResolver,
  RefundAttemptResolver,
  RefundablePaymentResolver,
  RefundLineResolver,
  RefundResolver,
} from './refunds.resolver.js';
import type { RefundsService } from './refunds.service.js';
import { SyncPaymentsJob } from './sync-payments.job.js';

interface RefundsDependencies {
  refunds: RefundsService;
  refundClaims: RefundClaimsService;
  orders: OrdersService;
  payments: PaymentsService;
  paymentSync: PaymentSyncService;
  paymentSyncRequests: PaymentSyncRequests;
  gateway: PaymentGateway;
  jobRequests: JobRequests;
  clock: Clock;
  logger: Logger;
}

export const refundsModule: ShopModule<RefundsDependencies, EventHandler> = {
  entities: [Refund, RefundLine, RefundAttempt],
  resolvers: [
    OrderRefundsResolver,
    RefundResolver,
    RefundLineResolver,
    RefundAttemptResolver,
    RefundablePaymentResolver,
  ],
  createResolvers: ({ refunds, refundClaims, orders }) => [
    new OrderRefundsResolver(refunds, refundClaims),
    new RefundResolver(orders, refunds),
    new RefundablePaymentResolver(refunds),
  ],
  createJobs: ({ payments, paymentSync, gateway, jobRequests, clock, logger }) => [
    new IssueRefundsJob(payments, gateway, jobRequests, clock, logger),
    new SyncPaymentsJob(payments, paymentSync, jobRequests, clock, logger),
  ],
  createEventHandlers: ({ paymentSyncRequests }) => [
    new ChargeRefundedHandler(paymentSyncRequests),
    new RefundHandler(paymentSyncRequests),
  ],
  access: {
    'Mutation.closeRefund': 'staff',
    'Mutation.refundOrder': 'staff',
    'Mutation.retryRefund': 'staff',
    CloseRefundPayload: 'staff',
    Refund: 'signedIn',
    'Refund.failureReason': 'staffElseNull',
    'Refund.note': 'staffElseNull',
    'Refund.requestedById': 'staffElseNull',
    RefundAttempt: 'staff',
    RefundLine: 'signedIn',
    RefundOrderPayload: 'staff',
    RetryRefundPayload: 'staff',
  },
};
