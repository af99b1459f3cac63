/** The two ways to Stripe: one for people who wait, one for jobs. */
import type { Config } from '../config.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { Pace } from './pace.js';
import type { PaymentGateway } from './payment-gateway.js';
import { StripeGateway } from './stripe-gateway.js';

// Stripe takes 25 requests a second in a sandbox; for real it takes 100, and 25 of one kind. One is left for the clocks of
// both to differ.
const REQUESTS_PER_SECOND = 24;

export interface Gateways {
  gateway: PaymentGateway;
  jobGateway: PaymentGateway;
}

export function stripeGateways(config: Config['stripe'], clock: Clock, logger: Logger): Gateways {
  const pace = new Pace(REQUESTS_PER_SECOND, clock);
  return {
    gateway: new StripeGateway(config, clock, logger, pace.forPeople),
    jobGateway: new StripeGateway(config, clock, logger, pace),
  };
}
