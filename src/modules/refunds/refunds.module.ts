/** Money that goes back. */
import type { ShopModule } from '../../platform/module.js';
import { Refund } from './refund.entity.js';
import { OrderRefundsResolver, RefundResolver } from './refunds.resolver.js';
import type { RefundsService } from './refunds.service.js';

interface RefundsNeeds {
  refunds: RefundsService;
}

export const refundsModule: ShopModule<RefundsNeeds> = {
  entities: [Refund],
  resolvers: [OrderRefundsResolver, RefundResolver],
  createResolvers: ({ refunds }) => [new OrderRefundsResolver(refunds)],
  access: {
    'Mutation.retryRefund': 'staff',
    Refund: 'signedIn',
  },
};
