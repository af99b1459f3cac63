/** What the shop says of itself. */
import type { Clock } from '../../platform/kernel/clock.js';
import type { ShopModule } from '../../platform/module.js';
import { type OpeningDays, ShopResolver } from './shop.resolver.js';
import type { ShopDetails } from './shop-config.js';

interface ShopDependencies {
  openingDays: OpeningDays;
  config: { shop: ShopDetails };
  clock: Clock;
}

export const shopModule: ShopModule<ShopDependencies> = {
  resolvers: [ShopResolver],
  createResolvers: ({ openingDays, config, clock }) => [new ShopResolver(config.shop, openingDays, clock)],
  access: {
    'Query.shop': 'anyone',
    OpeningDays: 'anyone',
    Shop: 'anyone',
  },
};
