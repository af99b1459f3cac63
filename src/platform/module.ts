/** What a module of the shop adds to the whole, in one place. */
import type { AccessPolicy } from './graphql/access-policy.js';

type Class = new (...parameters: never[]) => object;

export interface ShopModule {
  /** Classes of its tables. */
  readonly entities?: readonly Class[];
  /** Classes that answer its part of the schema. */
  readonly resolvers?: readonly Class[];
  /** Who may use what of it. */
  readonly access?: AccessPolicy;
}
