/** From a basket to a session at Stripe. */
import type { ShopModule } from '../../platform/module.js';
import { CheckoutResolver } from './checkout.resolver.js';
import { QuoteResolver } from './quote.resolver.js';

export const checkoutModule: ShopModule = {
  resolvers: [CheckoutResolver, QuoteResolver],
  access: {
    'Query.paymentConfig': 'anyone',
    'Query.quote': 'anyone',
    // The order that `replacesOrderId` names has to be the viewer's own, even for staff: it makes way for his basket.
    'Mutation.createCheckoutSession': 'signedIn',
    CheckoutSession: 'signedIn',
    PaymentConfig: 'anyone',
    Quote: 'anyone',
    QuoteLine: 'anyone',
  },
};
