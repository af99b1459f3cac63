/** The request that the shop's first frontend sends, for the demo and for trying a server out. */
import { type Config, originOf } from '../src/config.js';

const CHECKOUT_MUTATION = `mutation Checkout($input: CreateCheckoutSessionInput!) {
  createCheckoutSession(input: $input) {
    sessionId url expiresAt order { id status total { amount currency formatted } }
  }
}`;

/** A GraphQL-over-HTTP body: two pieces of product 1 for John Doe of Paris. */
export function checkoutRequest(returnOrigin: string) {
  return {
    query: CHECKOUT_MUTATION,
    variables: {
      input: {
        items: [{ id: 1, type: 'PRODUCT', quantity: 2, days: 1 }],
        customerInfo: {
          firstName: 'John',
          lastName: 'Doe',
          email: 'john@example.com',
          phone: '0123456789',
          address: '123 Rue de la Paix',
          city: 'Paris',
          postalCode: '75001',
          country: 'France',
        },
        successUrl: `${returnOrigin}/success?success=true&session_id={CHECKOUT_SESSION_ID}`,
        cancelUrl: `${returnOrigin}/cart`,
      },
    },
  };
}

/** Where the buyer comes back to: the API's own pages where they may, so that there is one without a frontend. */
export function returnOrigin({ host, port, checkout: { returnOrigins } }: Config): string {
  const own = originOf(host, port);
  return returnOrigins.includes(own) ? own : (returnOrigins[0] ?? own);
}
