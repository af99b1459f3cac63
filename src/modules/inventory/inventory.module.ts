/** Stock, units, bookings and availability. */
import type { ShopModule } from '../../platform/module.js';
import type { CatalogueService } from '../catalogue/catalogue.service.js';
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
  UnitBlockResolver,
} from './stock-management.resolver.js';
import type { StockManagementService } from './stock-management.service.js';

interface InventoryDependencies {
  catalogue: CatalogueService;
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
    UnitBlockResolver,
    ProductStockResolver,
    EquipmentStockResolver,
  ],
  createResolvers: ({ catalogue, stockManagement, openingDays, availability }) => [
    new StockManagementResolver(stockManagement),
    new EquipmentUnitResolver(stockManagement, catalogue),
    new UnitBlockResolver(catalogue),
    new OpeningDaysResolver(openingDays),
    new EquipmentStockResolver(availability),
  ],
  access: {
    'Query.closedDays': 'anyone',
    'Mutation.adjustStock': 'staff',
    'Mutation.blockUnit': 'staff',
    'Mutation.closeDate': 'staff',
    'Mutation.createProduct': 'staff',
    'Mutation.openDate': 'staff',
    'Mutation.retireUnit': 'staff',
    'Mutation.setClosedWeekdays': 'staff',
    'Mutation.setStock': 'staff',
    'Mutation.unblockUnit': 'staff',
    ClosedDate: 'anyone',
    ClosedDays: 'anyone',
    DayAvailability: 'anyone',
    EquipmentUnit: 'staff',
    'Equipment.units': 'staff',
    UnitBlock: 'staff',
    AdjustStockPayload: 'staff',
    BlockUnitPayload: 'staff',
    CloseDatePayload: 'staff',
    CreateProductPayload: 'staff',
    OpenDatePayload: 'staff',
    RetireUnitPayload: 'staff',
    SetClosedWeekdaysPayload: 'staff',
    SetStockPayload: 'staff',
    UnblockUnitPayload: 'staff',
  },
};
