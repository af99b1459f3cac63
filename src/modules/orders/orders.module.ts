/** Orders, their lines and their timelines. */
import type { Clock } from '../../platform/kernel/clock.js';
import type { ShopModule } from '../../platform/module.js';
import type { CatalogueService } from '../catalogue/catalogue.service.js';
import { Customer, Order } from './order.entity.js';
import { OrderEvent } from './order-event.entity.js';
import { OrderLine } from './order-line.entity.js';
import { OrderEventResolver, OrderLineResolver, OrderResolver } from './orders.resolver.js';
import type { OrdersService } from './orders.service.js';

interface OrdersDependencies {
  orders: OrdersService;
  catalogue: CatalogueService;
  clock: Clock;
}

export const ordersModule: ShopModule<OrdersDependencies> = {
  entities: [Order, OrderLine, OrderEvent, Customer],
  resolvers: [OrderResolver, OrderLineResolver, OrderEventResolver],
  createResolvers: ({ orders, catalogue, clock }) => [
    new OrderResolver(orders, clock),
    new OrderLineResolver(orders, catalogue),
  ],
  access: {
    'Query.order': 'ownerOrStaff',
    'Query.orders': 'ownerOrStaff',
    'Query.orders(filter.customer)': 'staff',
    Customer: 'signedIn',
    Order: 'ownerOrStaff',
    'Order.reviewNote': 'staffElseNull',
    'Order.reviewReason': 'staffElseNull',
    OrderConnection: 'signedIn',
    OrderEdge: 'signedIn',
    OrderEvent: 'signedIn',
    'OrderEvent.actorId': 'staffElseNull',
    'OrderEvent.note': 'staffElseNull',
    OrderLine: 'signedIn',
    PaymentError: 'signedIn',
  },
};
