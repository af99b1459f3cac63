/** What a module of the shop adds to the whole, in one place. */
import type { AccessPolicy } from './graphql/access-policy.js';
import type { Job } from './jobs/job.js';

type Class = new (...parameters: never[]) => object;

/**
 * @template Needs what its parts are made from: services and settings, by the names that the composition has for them
 * @template Handler what handles events of the payment provider
 */
export interface ShopModule<Needs = object, Handler = never> {
  /** Classes of its tables. */
  readonly entities?: readonly Class[];
  /** Classes that answer its part of the schema. */
  readonly resolvers?: readonly Class[];
  /** Makes those of them that need services; the others are made where the schema is built. */
  readonly createResolvers?: (needs: Needs) => readonly object[];
  /** What it does when nobody asks. */
  readonly createJobs?: (needs: Needs) => readonly Job[];
  /** What it does when the payment provider reports an event. */
  readonly createEventHandlers?: (needs: Needs) => readonly Handler[];
  /** Who may use what of it. */
  readonly access?: AccessPolicy;
}
