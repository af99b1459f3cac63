/** Goods of paid orders that leave the shop, and those that are put on offer again. */
import type { ShopModule } from '../../platform/module.js';
import type { OrdersService } from '../orders/orders.service.js';
import { Fulfillment, FulfillmentLine } from './fulfillment.entity.js';
import { FulfillmentResolver, OrderFulfillmentResolver } from './fulfillment.resolver.js';
import type { FulfillmentService } from './fulfillment.service.js';
import { LineRelease } from './line-release.entity.js';

interface FulfillmentDependencies {
  fulfillment: FulfillmentService;
  orders: OrdersService;
}

export const fulfillmentModule: ShopModule<FulfillmentDependencies> = {
  entities: [Fulfillment, FulfillmentLine, LineRelease],
  resolvers: [OrderFulfillmentResolver, FulfillmentResolver],
  createResolvers: ({ fulfillment, orders }) => [
    new OrderFulfillmentResolver(fulfillment),
    new FulfillmentResolver(orders),
  ],
  access: {
    'Mutation.markFulfilled': 'staff',
    'Mutation.releaseLine': 'staff',
    Fulfillment: 'signedIn',
    'Fulfillment.actorId': 'staffElseNull',
    FulfillmentLine: 'signedIn',
    MarkFulfilledPayload: 'staff',
    ReleaseLinePayload: 'staff',
  },
};
