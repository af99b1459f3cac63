/** The modules of the shop, those first that stand on no other. */
// type-graphql's decorators look for it when the classes are declared.
import 'reflect-metadata';
import { catalogueModule } from './modules/catalogue/catalogue.module.js';
import { checkoutModule } from './modules/checkout/checkout.module.js';
import { disputesModule } from './modules/disputes/disputes.module.js';
import { inventoryModule } from './modules/inventory/inventory.module.js';
import { ordersModule } from './modules/orders/orders.module.js';
import { privacyModule } from './modules/privacy/privacy.module.js';
import { refundsModule } from './modules/refunds/refunds.module.js';
import { webhooksModule } from './modules/webhooks/webhooks.module.js';
import type { ShopModule } from './platform/module.js';
import type { ModuleNeeds } from './services.js';

export const modules: readonly ShopModule<ModuleNeeds>[] = [
  catalogueModule,
  inventoryModule,
  ordersModule,
  checkoutModule,
  refundsModule,
  disputesModule,
  webhooksModule,
  privacyModule,
];

/** For the schema: the resolvers that need services. */
export function createResolvers(needs: ModuleNeeds): object[] {
  return modules.flatMap((module) => module.createResolvers?.(needs) ?? []);
}
