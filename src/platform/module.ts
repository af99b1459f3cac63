/** What a module contributes to the application. */
import type { AccessPolicy } from './graphql/access-policy.js';
import type { Job } from './jobs/job.js';

type Class = new (...parameters: never[]) => object;

/**
 * @template Needs the services and settings that its parts are made from, by the composition's names
 * @template Handler what handles events of the payment provider
 */
export interface ShopModule<Needs = object, Handler = never> {
  /** Classes of its tables. */
  readonly entities?: readonly Class[];
  /** Classes that resolve its part of the schema. */
  readonly resolvers?: readonly Class[];
  /** Makes those of them that need services; the others are made where the schema is built. */
  readonly createResolvers?: (needs: Needs) => readonly object[];
  /** Its jobs. */
  readonly createJobs?: (needs: Needs) => readonly Job[];
  /** Its handlers of the payment provider's events. */
  readonly createEventHandlers?: (needs: Needs) => readonly Handler[];
  /** Its access rules. */
  readonly access?: AccessPolicy;
}
