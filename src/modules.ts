/** Builds the shop from its modules. */
// type-graphql's decorators look for it when the classes are declared.
import 'reflect-metadata';
import * as all from './modules/index.js';
import type { EventHandler } from './modules/payments/event-handler.js';
import type { ShopModule } from './platform/module.js';
import { createServices, type ModuleDependencies, type ServiceDependencies } from './services.js';

export const modules: readonly ShopModule<ModuleDependencies, EventHandler>[] = Object.values(all);

export type Shop = ReturnType<typeof buildShop>;

/** The services, resolvers, jobs and handlers of the shop, for the API and for commands. */
export function buildShop(dependencies: ServiceDependencies) {
  const services = createServices(dependencies);
  const needs: ModuleDependencies = { ...dependencies, ...services };
  services.inbox.register(modules.flatMap((module) => module.createEventHandlers?.(needs) ?? []));
  return {
    ...services,
    account: dependencies.account,
    jobs: modules.flatMap((module) => module.createJobs?.(needs) ?? []),
    /** Those that need services: the others are made where the schema is built. */
    resolvers: modules.flatMap((module) => module.createResolvers?.(needs) ?? []),
  };
}
