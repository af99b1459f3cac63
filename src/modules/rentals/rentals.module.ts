/** Rentals that leave the shop, and come back. */
import type { ShopModule } from '../../platform/module.js';
import type { CatalogueService } from '../catalogue/catalogue.service.js';
import type { OrdersService } from '../orders/orders.service.js';
import { RentalsResolver, RentedUnitResolver } from './rentals.resolver.js';
import type { RentalsService } from './rentals.service.js';

interface RentalsDependencies {
  rentals: RentalsService;
  orders: OrdersService;
  catalogue: CatalogueService;
}

export const rentalsModule: ShopModule<RentalsDependencies> = {
  resolvers: [RentalsResolver, RentedUnitResolver],
  createResolvers: ({ rentals, orders, catalogue }) => [
    new RentalsResolver(rentals),
    new RentedUnitResolver(orders, catalogue),
  ],
  access: {
    'Query.bookingsAtRisk': 'staff',
    'Query.rentals': 'staff',
    'Mutation.markPickedUp': 'staff',
    'Mutation.markReturned': 'staff',
    'Mutation.reassignUnit': 'staff',
    'OrderLine.units': 'staff',
    BookingAtRisk: 'staff',
    MarkPickedUpPayload: 'staff',
    MarkReturnedPayload: 'staff',
    ReassignUnitPayload: 'staff',
    RentalMovements: 'staff',
    RentedUnit: 'staff',
  },
};
