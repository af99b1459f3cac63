/** Creates checkout sessions: the main mutation of the API. */
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { signedIn } from '../../platform/graphql/context.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { StripeConfig } from '../../stripe/stripe-config.js';
import type { InventoryContext } from '../inventory/inventory-context.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { CreateCheckoutSessionInput } from './checkout.input.js';
import type { CheckoutService } from './checkout.service.js';
import { CheckoutSessionType, PaymentConfigType } from './checkout.types.js';
import { idempotencyKeyOf } from './idempotency-key.js';

/** The configuration that frontends may see. */
export interface CheckoutResolverConfig {
  stripe: Pick<StripeConfig, 'publishableKey' | 'livemode'>;
  shop: ShopConfig;
}

@Resolver()
export class CheckoutResolver {
  constructor(
    private readonly service: CheckoutService,
    private readonly config: CheckoutResolverConfig,
    private readonly clock: Clock,
  ) {}

  @Mutation(() => CheckoutSessionType, {
    description:
      'Prices the basket from the catalogue, holds its goods and opens a Stripe Checkout Session for it. Sent again with the same idempotencyKey (or HTTP header Idempotency-Key), or unchanged within a minute, it gives the same order. PAYMENT_PROVIDER_UNAVAILABLE asks for the same request again; PAYMENTS_SUSPENDED does not.',
  })
  async createCheckoutSession(
    @Ctx() context: InventoryContext,
    @Arg('input', () => CreateCheckoutSessionInput, { description: 'The basket, the customer and the return pages.' })
    input: CreateCheckoutSessionInput,
  ): Promise<CheckoutSessionType> {
    const viewer = signedIn(context);
    await context.limits.countCheckout(viewer);
    const idempotencyKey = idempotencyKeyOf(input.idempotencyKey, context.idempotencyKey);
    const keyed = { ...input, idempotencyKey };
    const order = await this.service.createCheckoutSession(context.em, viewer, keyed, context.calendarBudget);
    return {
      sessionId: order.checkoutSessionId as string,
      url: order.payableUrl(this.clock.now()),
      expiresAt: order.expiresAt,
      order,
    };
  }

  @Query(() => PaymentConfigType, { description: 'What a frontend needs to know about payments.' })
  paymentConfig(): PaymentConfigType {
    const { stripe, shop } = this.config;
    return { publishableKey: stripe.publishableKey, currency: shop.currency, livemode: stripe.livemode };
  }
}
