/** Connects the services to Stripe: every call passes the check of account and mode first. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Config } from './config.js';
import { StripeAccountService } from './modules/payments/stripe-account.service.js';
import type { Clock } from './platform/kernel/clock.js';
import type { Logger } from './platform/kernel/logger.js';
import type { PaymentGateway } from './stripe/payment-gateway.js';
import { StripeClock } from './stripe/stripe-clock.js';
import { StripeGateway } from './stripe/stripe-gateway.js';
import { Throttle } from './stripe/throttle.js';

// Stripe takes 25 requests a second in a sandbox; for real it takes 100, and 25 of one kind. One is left for the clocks
// of both to differ.
const REQUESTS_PER_SECOND = 24;

interface ConnectionOptions {
  config: Pick<Config, 'stripe'>;
  clock: Clock;
  logger: Logger;
  forkEntityManager: () => EntityManager;
}

export interface StripeConnection {
  account: StripeAccountService;
  stripeClock: StripeClock;
  gateway: PaymentGateway;
}

export function connectToStripe({ config, clock, logger, forkEntityManager }: ConnectionOptions): StripeConnection {
  const { stripe } = config;
  const stripeClock = new StripeClock(clock, logger);
  const unguarded = new StripeGateway(stripe, clock, logger, { stripeClock });
  const account = new StripeAccountService(unguarded, stripe.livemode, forkEntityManager, clock, logger);
  const throttle = new Throttle(REQUESTS_PER_SECOND, clock);
  return {
    account,
    stripeClock,
    gateway: new StripeGateway(stripe, clock, logger, { guard: account, stripeClock, throttle }),
  };
}
