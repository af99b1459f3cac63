/** A virtual process of the shop: a service graph of its own over the common database. */
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { Config } from '../../src/config.js';
import { StripeAccountService } from '../../src/modules/payments/stripe-account.service.js';
import { buildShop, type Shop } from '../../src/modules.js';
import type { Clock } from '../../src/platform/kernel/clock.js';
import type { Logger } from '../../src/platform/kernel/logger.js';
import { StripeGateway } from '../../src/stripe/stripe-gateway.js';
import { YieldingGateway } from './yielding-gateway.js';

export interface ShopProcessOptions {
  config: Config;
  orm: MikroORM;
  clock: Clock;
  logger: Logger;
  pause: (place: string) => Promise<void>;
  /** Somebody asks for a job. */
  jobRequested: (name: string) => void;
}

export class ShopProcess {
  private services: Shop | null = null;

  constructor(
    readonly name: string,
    private readonly options: ShopProcessOptions,
  ) {}

  /** Built again after a death: the memory of the process is gone. */
  get running(): Shop {
    this.services ??= this.start();
    return this.services;
  }

  /** For one operation. */
  entityManager(): EntityManager {
    return this.options.orm.em.fork();
  }

  die(): void {
    this.services = null;
  }

  private start(): Shop {
    const { config, clock, logger, pause, jobRequested } = this.options;
    // Without a throttle: its queue would make one task wait for another that is paused.
    const gateway = new YieldingGateway(new StripeGateway(config.stripe, clock, logger), pause);
    const jobs = { request: async (_em: EntityManager, name: string) => jobRequested(name) };
    const { livemode } = config.stripe;
    // Without pauses: all tasks of a process share one answer, and would wait for the one that is paused over it.
    const account = new StripeAccountService(
      new StripeGateway(config.stripe, { now: () => clock.now(), wait: async () => {} }, logger),
      livemode,
      () => this.entityManager(),
      clock,
      logger,
    );
    return buildShop({ config, clock, logger, gateway, jobRequests: jobs, account });
  }
}
