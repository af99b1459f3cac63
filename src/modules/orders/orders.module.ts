/** Orders, what was paid for them, and the rentals in them. */

import type { Clock } from '../../platform/kernel/clock.js';
import type { ShopModule } from '../../platform/module.js';
import type { CancellationService } from './cancellation.service.js';
import { Installation } from './installation.entity.js';
import { Customer, Order } from './order.entity.js';
import { OrderEvent } from './order-event.entity.js';
import { OrderLine } from './order-line.entity.js';
import { OrderEventResolver, OrderLineResolver, OrderResolver } from './orders.resolver.js';
import type { OrdersService } from './orders.service.js';
import { Payment } from './payment.entity.js';
import { RentalsResolver } from './rentals.resolver.js';
import type { RentalsService } from './rentals.service.js';
import type { ReturnPageService } from './return-page.service.js';
import type { ReviewService } from './review.service.js';

interface OrdersNeeds {
  orders: OrdersService;
  returnPage: ReturnPageService;
  cancellation: CancellationService;
  review: ReviewService;
  rentals: RentalsService;
  clock: Clock;
}

export const ordersModule: ShopModule<OrdersNeeds> = {
  entities: [Order, OrderLine, OrderEvent, Customer, Payment, Installation],
  resolvers: [OrderResolver, OrderLineResolver, OrderEventResolver, RentalsResolver],
  createResolvers: ({ orders, returnPage, cancellation, review, rentals, clock }) => [
    new OrderResolver(orders, returnPage, cancellation, review, clock),
    new RentalsResolver(rentals),
  ],
  access: {
    'Query.order': 'ownerOrStaff',
    'Query.orderBySession': 'ownerOrStaff',
    'Query.orders': 'ownerOrStaff',
    'Query.orders(filter.customer)': 'staff',
    'Query.rentals': 'staff',
    'Mutation.acceptPayment': 'staff',
    'Mutation.cancelOrder': 'ownerOrStaff',
    'Mutation.markPickedUp': 'staff',
    'Mutation.markReturned': 'staff',
    'Mutation.refusePayment': 'staff',
    Customer: 'signedIn',
    Order: 'ownerOrStaff',
    'Order.reviewReason': 'staffElseNull',
    OrderConnection: 'signedIn',
    OrderEdge: 'signedIn',
    OrderEvent: 'signedIn',
    OrderLine: 'signedIn',
    'OrderLine.units': 'staff',
    PaymentError: 'signedIn',
    RentalMovements: 'staff',
    RentedUnit: 'staff',
  },
};
