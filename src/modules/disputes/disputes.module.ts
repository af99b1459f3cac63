/** Disputes of payments. */
import type { ShopModule } from '../../platform/module.js';
import type { EventHandler } from '../payments/event-handler.js';
import type { PaymentSyncRequests } from '../payments/payment-sync-requests.js';
import { ChargeDisputeHandler } from './charge-dispute.handler.js';
import { Dispute } from './dispute.entity.js';

interface DisputesDependencies {
  paymentSyncRequests: PaymentSyncRequests;
}

export const disputesModule: ShopModule<DisputesDependencies, EventHandler> = {
  entities: [Dispute],
  createEventHandlers: ({ paymentSyncRequests }) => [new ChargeDisputeHandler(paymentSyncRequests)],
};
