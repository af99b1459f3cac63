/** The two ways to Stripe: one for people who wait, one for jobs. */
import type { Config } from '../config.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { PaymentGateway } from './payment-gateway.js';
import { StripeGateway } from './stripe-gateway.js';

// Stripe takes 25 requests a second in a sandbox, and 100 for real: some are left to people even there.
const JOB_REQUESTS_PER_SECOND = 20;

export interface Gateways {
  gateway: PaymentGateway;
  jobGateway: PaymentGateway;
}

export function stripeGateways(config: Config['stripe'], clock: Clock, logger: Logger): Gateways {
  return {
    gateway: new StripeGateway(config, clock, logger),
    jobGateway: new StripeGateway(config, clock, logger, { requestsPerSecond: JOB_REQUESTS_PER_SECOND }),
  };
}
