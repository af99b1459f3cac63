/** The GraphQL schema, from the resolver classes. */
import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchema, type ContainerType } from 'type-graphql';
import { CatalogueResolver, EquipmentResolver, ProductResolver } from '../modules/catalogue/catalogue.resolver.js';
import { CatalogueManagementResolver } from '../modules/catalogue/management.resolver.js';
import { CheckoutResolver } from '../modules/checkout/checkout.resolver.js';
import { QuoteResolver } from '../modules/checkout/quote.resolver.js';
import { EquipmentStockResolver, ProductStockResolver } from '../modules/inventory/stock.resolver.js';
import {
  EquipmentUnitResolver,
  EquipmentUnitsResolver,
  OpeningDaysResolver,
  StockManagementResolver,
} from '../modules/inventory/stock-management.resolver.js';
import { OrderEventResolver, OrderLineResolver, OrderResolver } from '../modules/orders/orders.resolver.js';
import { RentalsResolver } from '../modules/orders/rentals.resolver.js';
import { PrivacyResolver } from '../modules/privacy/privacy.resolver.js';
import { OrderRefundsResolver, RefundResolver } from '../modules/refunds/refunds.resolver.js';
import { WebhookEventsResolver } from '../modules/webhooks/webhook-events.resolver.js';
import { dropEmptyTexts } from '../platform/graphql/empty-texts.js';
import { MoneyResolver } from '../platform/graphql/money.resolver.js';
import { refuseUnusableText } from '../platform/graphql/unusable-text.js';
import { guardSchema } from './access-guard.js';
import { accessPolicy } from './access-policy.js';

const resolvers = [
  CatalogueResolver,
  ProductResolver,
  EquipmentResolver,
  CatalogueManagementResolver,
  StockManagementResolver,
  OpeningDaysResolver,
  EquipmentUnitsResolver,
  EquipmentUnitResolver,
  ProductStockResolver,
  EquipmentStockResolver,
  CheckoutResolver,
  QuoteResolver,
  OrderResolver,
  OrderLineResolver,
  OrderEventResolver,
  RentalsResolver,
  OrderRefundsResolver,
  RefundResolver,
  WebhookEventsResolver,
  PrivacyResolver,
  MoneyResolver,
] as const;

/**
 * Builds the schema, guarded by the access policy.
 *
 * @param instances the resolvers that need services, built by the composition root; the others are made
 *   here. Without any, the schema can be printed but not executed.
 */
export async function buildGraphQLSchema(instances: readonly object[] = []): Promise<GraphQLSchema> {
  const byClass = new Map(instances.map((instance) => [instance.constructor, instance]));
  const container: ContainerType = {
    get: (resolverClass) => byClass.get(resolverClass) ?? new resolverClass(),
  };
  const schema = await buildSchema({
    resolvers,
    container,
    globalMiddlewares: [refuseUnusableText],
    // The limits of class-validator's decorators on the input classes.
    validate: { forbidUnknownValues: false },
  });
  guardSchema(schema, accessPolicy);
  dropEmptyTexts(schema);
  return schema;
}
