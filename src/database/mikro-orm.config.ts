/** How entities meet the database: the entity list, the migration list and the connection pool. */

import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, type Options } from '@mikro-orm/postgresql';
import { CatalogueChange } from '../catalogue/catalogue-change.entity.js';
import { Equipment } from '../catalogue/equipment.entity.js';
import { EquipmentUnit } from '../catalogue/equipment-unit.entity.js';
import { Product } from '../catalogue/product.entity.js';
import { Dispute } from '../disputes/dispute.entity.js';
import { Booking } from '../inventory/booking.entity.js';
import { ClosedDate, ClosedWeekday } from '../inventory/closed-day.entity.js';
import { ProductStock } from '../inventory/product-stock.entity.js';
import { Installation } from '../orders/installation.entity.js';
import { Customer, Order } from '../orders/order.entity.js';
import { OrderEvent } from '../orders/order-event.entity.js';
import { OrderLine } from '../orders/order-line.entity.js';
import { Payment } from '../orders/payment.entity.js';
import { Refund } from '../refunds/refund.entity.js';
import { InboxEvent } from '../webhooks/inbox-event.entity.js';
import { StripeAccount } from '../webhooks/stripe-account.entity.js';
import { connectionOptions } from './connection-options.js';
import { shareOut } from './connection-pool.js';
import { migrations } from './migrations/index.js';
import { MAX_CONNECTIONS } from './workload.js';

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
