/** Orders, what was paid for them, and the rentals in them. */
import type { ShopModule } from '../../platform/module.js';
import { Installation } from './installation.entity.js';
import { Customer, Order } from './order.entity.js';
import { OrderEvent } from './order-event.entity.js';
import { OrderLine } from './order-line.entity.js';
import { OrderEventResolver, OrderLineResolver, OrderResolver } from './orders.resolver.js';
import { Payment } from './payment.entity.js';
import { RentalsResolver } from './rentals.resolver.js';

export const ordersModule: ShopModule = {
  entities: [Order, OrderLine, OrderEvent, Customer, Payment, Installation],
  resolvers: [OrderResolver, OrderLineResolver, OrderEventResolver, RentalsResolver],
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
