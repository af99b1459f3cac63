/** Disputes of payments, and warnings of fraud that come before them. */
import type { Clock } from '../../platform/kernel/clock.js';
import type { ShopModule } from '../../platform/module.js';
import type { OrdersService } from '../orders/orders.service.js';
import type { EventHandler } from '../payments/event-handler.js';
import type { EventOrders } from '../payments/event-orders.js';
import type { PaymentSyncRequests } from '../payments/payment-sync-requests.js';
import { ChargeDisputeHandler } from './charge-dispute.handler.js';
import { Dispute } from './dispute.entity.js';
import { DisputeResolver, OrderDisputesResolver } from './disputes.resolver.js';
import type { DisputesService } from './disputes.service.js';
import { EarlyFraudWarningHandler } from './early-fraud-warning.handler.js';

interface DisputesDependencies {
  paymentSyncRequests: PaymentSyncRequests;
  eventOrders: EventOrders;
  disputes: DisputesService;
  orders: OrdersService;
  clock: Clock;
}

export const disputesModule: ShopModule<DisputesDependencies, EventHandler> = {
  entities: [Dispute],
  resolvers: [OrderDisputesResolver, DisputeResolver],
  createResolvers: ({ disputes, orders }) => [
    new OrderDisputesResolver(disputes),
    new DisputeResolver(disputes, orders),
  ],
  createEventHandlers: ({ paymentSyncRequests, eventOrders, clock }) => [
    new ChargeDisputeHandler(paymentSyncRequests),
    new EarlyFraudWarningHandler(eventOrders, clock),
  ],
  access: {
    'Query.disputes': 'staff',
    'Mutation.acceptDispute': 'staff',
    'Mutation.stageDisputeEvidence': 'staff',
    'Mutation.submitDisputeEvidence': 'staff',
    'Order.disputes': 'staff',
    AcceptDisputePayload: 'staff',
    Dispute: 'staff',
    DisputeConnection: 'staff',
    DisputeEdge: 'staff',
    EvidenceFile: 'staff',
    EvidenceText: 'staff',
    StageDisputeEvidencePayload: 'staff',
    SubmitDisputeEvidencePayload: 'staff',
  },
};
