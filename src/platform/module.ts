/** What a module of the shop adds to the whole, in one place. */
import type { AccessPolicy } from './graphql/access-policy.js';

type Class = new (...parameters: never[]) => object;

/** @template Needs what its resolvers are made from: services and settings, by the names that the composition has for them */
export interface ShopModule<Needs = object> {
  /** Classes of its tables. */
  readonly entities?: readonly Class[];
  /** Classes that answer its part of the schema. */
  readonly resolvers?: readonly Class[];
  /** Makes those of them that need services; the others are made where the schema is built. */
  readonly createResolvers?: (needs: Needs) => readonly object[];
  /** Who may use what of it. */
  readonly access?: AccessPolicy;
}
