/** From a basket to a session at Stripe. */

import type { Clock } from '../../platform/kernel/clock.js';
import type { ShopModule } from '../../platform/module.js';
import { CheckoutResolver, type CheckoutResolverConfig } from './checkout.resolver.js';
import type { CheckoutService } from './checkout.service.js';
import { QuoteResolver } from './quote.resolver.js';
import type { QuoteService } from './quote.service.js';

interface CheckoutNeeds {
  checkout: CheckoutService;
  quote: QuoteService;
  config: CheckoutResolverConfig;
  clock: Clock;
}

export const checkoutModule: ShopModule<CheckoutNeeds> = {
  resolvers: [CheckoutResolver, QuoteResolver],
  createResolvers: ({ checkout, quote, config, clock }) => [
    new CheckoutResolver(checkout, config, clock),
    new QuoteResolver(quote),
  ],
  access: {
    'Query.paymentConfig': 'anyone',
    'Query.quote': 'anyone',
    // The order that `replacesOrderId` names has to be the viewer's own, even for staff: it makes way for their basket.
    'Mutation.createCheckoutSession': 'signedIn',
    CheckoutSession: 'signedIn',
    PaymentConfig: 'anyone',
    Quote: 'anyone',
    QuoteLine: 'anyone',
  },
};
