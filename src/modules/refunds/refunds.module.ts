/** Money that goes back. */
import type { ShopModule } from '../../platform/module.js';
import { Refund } from './refund.entity.js';
import { OrderRefundsResolver, RefundResolver } from './refunds.resolver.js';

export const refundsModule: ShopModule = {
  entities: [Refund],
  resolvers: [OrderRefundsResolver, RefundResolver],
  access: {
    'Mutation.retryRefund': 'staff',
    Refund: 'signedIn',
  },
};
