/** How entities meet the database: the entity list, the migration list and the connection pool. */

import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, type Options } from '@mikro-orm/postgresql';
import { migrations } from './migrations/index.js';
import { CatalogueChange } from './modules/catalogue/catalogue-change.entity.js';
import { Equipment } from './modules/catalogue/equipment.entity.js';
import { EquipmentUnit } from './modules/catalogue/equipment-unit.entity.js';
import { Product } from './modules/catalogue/product.entity.js';
import { Dispute } from './modules/disputes/dispute.entity.js';
import { Booking } from './modules/inventory/booking.entity.js';
import { ClosedDate, ClosedWeekday } from './modules/inventory/closed-day.entity.js';
import { ProductStock } from './modules/inventory/product-stock.entity.js';
import { Installation } from './modules/orders/installation.entity.js';
import { Customer, Order } from './modules/orders/order.entity.js';
import { OrderEvent } from './modules/orders/order-event.entity.js';
import { OrderLine } from './modules/orders/order-line.entity.js';
import { Payment } from './modules/orders/payment.entity.js';
import { Refund } from './modules/refunds/refund.entity.js';
import { InboxEvent } from './modules/webhooks/inbox-event.entity.js';
import { StripeAccount } from './modules/webhooks/stripe-account.entity.js';
import { connectionOptions } from './platform/database/connection-options.js';
import { shareOut } from './platform/database/connection-pool.js';
import { MAX_CONNECTIONS } from './platform/database/workload.js';

const entities = [
  Product,
  Equipment,
  EquipmentUnit,
  CatalogueChange,
  ProductStock,
  Booking,
  ClosedWeekday,
  ClosedDate,
  Order,
  OrderLine,
  OrderEvent,
  Customer,
  Payment,
  Refund,
  Dispute,
  InboxEvent,
  StripeAccount,
  Installation,
];

/** Options for `MikroORM.init`; the database is the only thing that differs between places. */
export function ormOptions(databaseUrl: string): Options {
  // By its name in the ORM's own options, so that it can connect to another one to create this.
  const { database, ...connection } = connectionOptions(databaseUrl);
  return defineConfig({
    dbName: database,
    entities,
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false },
    // search_key() is made by a migration, and needed by the columns that it generates.
    schemaGenerator: { ignoreRoutines: true },
    forceUtcTimezone: true,
    // One fork of the EntityManager an operation: the global one would mix up what requests have loaded.
    allowGlobalContext: false,
    driverOptions: { ...connection, max: MAX_CONNECTIONS, onPoolCreated: shareOut },
  });
}
