/** Goods that leave the shop, and come back. */
import type { ShopModule } from '../../platform/module.js';
import { RentalsResolver } from './rentals.resolver.js';
import type { RentalsService } from './rentals.service.js';

interface RentalsDependencies {
  rentals: RentalsService;
}

export const rentalsModule: ShopModule<RentalsDependencies> = {
  resolvers: [RentalsResolver],
  createResolvers: ({ rentals }) => [new RentalsResolver(rentals)],
  access: {
    'Query.rentals': 'staff',
    'Mutation.markPickedUp': 'staff',
    'Mutation.markReturned': 'staff',
    'OrderLine.units': 'staff',
    RentalMovements: 'staff',
    RentedUnit: 'staff',
  },
};
