/** Quotes, checkouts, and recovering and expiring them. */

import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { ShopModule } from '../../platform/module.js';
import type { PaymentGateway } from '../../stripe/payment-gateway.js';
import type { CatalogueService } from '../catalogue/catalogue.service.js';
import type { CancellationService } from '../payments/cancellation.service.js';
import type { PaymentsService } from '../payments/payments.service.js';
import { CheckoutResolver, type CheckoutResolverConfig } from './checkout.resolver.js';
import type { CheckoutService } from './checkout.service.js';
import { ExpireCheckoutsJob } from './expire-checkouts.job.js';
import { QuoteLineResolver, QuoteResolver } from './quote.resolver.js';
import type { QuoteService } from './quote.service.js';
import { RecoverCheckoutsJob } from './recover-checkouts.job.js';

interface CheckoutDependencies {
  checkout: CheckoutService;
  quote: QuoteService;
  catalogue: CatalogueService;
  payments: PaymentsService;
  cancellation: CancellationService;
  gateway: PaymentGateway;
  config: CheckoutResolverConfig;
  clock: Clock;
  logger: Logger;
}

export const checkoutModule: ShopModule<CheckoutDependencies> = {
  resolvers: [CheckoutResolver, QuoteResolver, QuoteLineResolver],
  createResolvers: ({ checkout, quote, catalogue, config, clock }) => [
    new CheckoutResolver(checkout, config, clock),
    new QuoteResolver(quote),
    new QuoteLineResolver(catalogue),
  ],
  createJobs: ({ checkout, payments, cancellation, gateway, clock, logger }) => [
    new RecoverCheckoutsJob(checkout, cancellation, clock, logger),
    new ExpireCheckoutsJob(payments, gateway, clock, logger),
  ],
  access: {
    'Query.paymentConfig': 'anyone',
    'Query.quote': 'anyone',
    // The order that `replacesOrderId` names has to be the viewer's own, even for staff.
    'Mutation.createCheckoutSession': 'signedIn',
    CheckoutSession: 'signedIn',
    PaymentConfig: 'anyone',
    Quote: 'anyone',
    QuoteLine: 'anyone',
  },
};
