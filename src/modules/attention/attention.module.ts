/** One list of what waits for a person. */
import type { ShopModule } from '../../platform/module.js';
import type { DepositsService } from '../deposits/deposits.service.js';
import type { DisputesService } from '../disputes/disputes.service.js';
import type { FeesService } from '../fees/fees.service.js';
import type { LateFeesService } from '../fees/late-fees.service.js';
import type { OrdersService } from '../orders/orders.service.js';
import type { RefundsService } from '../refunds/refunds.service.js';
import type { WebhookEventsService } from '../webhooks/webhook-events.service.js';
import type { WithdrawalsService } from '../withdrawals/withdrawals.service.js';
import { AttentionEntryResolver, AttentionResolver } from './attention.resolver.js';
import type { AttentionService } from './attention.service.js';

interface AttentionDependencies {
  attention: AttentionService;
  orders: OrdersService;
  refunds: RefundsService;
  webhookEvents: WebhookEventsService;
  disputes: DisputesService;
  withdrawals: WithdrawalsService;
  fees: FeesService;
  lateFees: LateFeesService;
  deposits: DepositsService;
}

export const attentionModule: ShopModule<AttentionDependencies> = {
  resolvers: [AttentionResolver, AttentionEntryResolver],
  createResolvers: ({ attention, orders, refunds, webhookEvents, disputes, withdrawals, fees, lateFees, deposits }) => [
    new AttentionResolver(attention),
    new AttentionEntryResolver(orders, refunds, webhookEvents, disputes, withdrawals, fees, lateFees, deposits),
  ],
  access: {
    'Query.attention': 'staff',
    AttentionConnection: 'staff',
    AttentionEdge: 'staff',
    AttentionEntry: 'staff',
  },
};
