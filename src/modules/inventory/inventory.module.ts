/** What there is, and when it is free. */
import type { ShopModule } from '../../platform/module.js';
import type { AvailabilityService } from './availability.service.js';
import { Booking } from './booking.entity.js';
import { ClosedDate, ClosedWeekday } from './closed-day.entity.js';
import type { OpeningDaysService } from './opening-days.service.js';
import { ProductStock } from './product-stock.entity.js';
import { EquipmentStockResolver, ProductStockResolver } from './stock.resolver.js';
import {
  EquipmentUnitResolver,
  EquipmentUnitsResolver,
  OpeningDaysResolver,
  StockManagementResolver,
} from './stock-management.resolver.js';
import type { StockManagementService } from './stock-management.service.js';

interface InventoryDependencies {
  stockManagement: StockManagementService;
  openingDays: OpeningDaysService;
  availability: AvailabilityService;
}

export const inventoryModule: ShopModule<InventoryDependencies> = {
  entities: [ProductStock, Booking, ClosedWeekday, ClosedDate],
  resolvers: [
    StockManagementResolver,
    OpeningDaysResolver,
    EquipmentUnitsResolver,
    EquipmentUnitResolver,
    ProductStockResolver,
    EquipmentStockResolver,
  ],
  createResolvers: ({ stockManagement, openingDays, availability }) => [
    new StockManagementResolver(stockManagement),
    new EquipmentUnitResolver(stockManagement),
    new OpeningDaysResolver(openingDays),
    new EquipmentStockResolver(availability),
  ],
  access: {
    'Query.bookingsAtRisk': 'staff',
    'Query.closedDays': 'anyone',
    'Mutation.adjustStock': 'staff',
    'Mutation.blockUnit': 'staff',
    'Mutation.closeDate': 'staff',
    'Mutation.openDate': 'staff',
    'Mutation.releaseBlock': 'staff',
    'Mutation.retireUnit': 'staff',
    'Mutation.setClosedWeekdays': 'staff',
    'Mutation.setStock': 'staff',
    'Mutation.swapUnit': 'staff',
    Block: 'staff',
    BookingAtRisk: 'staff',
    ClosedDate: 'anyone',
    ClosedDays: 'anyone',
    DayAvailability: 'anyone',
    EquipmentUnit: 'staff',
    'Equipment.units': 'staff',
  },
};
