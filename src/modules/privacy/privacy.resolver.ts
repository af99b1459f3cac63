/** Customers' rights over their data, exercised through staff. */
import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { type GraphQLContext, signedIn } from '../../platform/graphql/context.js';
import { DEFAULT_PAGE_SIZE } from '../../platform/kernel/page.js';
import type { AnonymisationService } from './anonymisation.service.js';
import type { CustomerExport, CustomerExportService } from './customer-export.service.js';
import { AnonymizeCustomerPayload, CustomerExportType } from './privacy.types.js';

@Resolver()
export class PrivacyResolver {
  constructor(
    private readonly anonymisation: AnonymisationService,
    private readonly exports: CustomerExportService,
  ) {}

  @Query(() => CustomerExportType, { description: 'Everything that is held about a customer, page by page (staff).' })
  async customerExport(
    @Ctx() context: GraphQLContext,
    @Arg('buyerId', () => ID, { description: 'The `sub` of the buyer’s tokens.' }) buyerId: string,
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: DEFAULT_PAGE_SIZE,
      description: 'How many orders, 1 to 100.',
    })
    first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The `endCursor` of the page before.' }) after?:
      | string
      | null,
  ): Promise<CustomerExport> {
    return this.exports.export(context.em, signedIn(context), buyerId, { first, after });
  }

  @Mutation(() => AnonymizeCustomerPayload, {
    description:
      'Erases what identifies a buyer from the buyer’s orders and the Stripe events of those orders; amounts, lines and timelines stay (staff). Safe to repeat, and final. CUSTOMER_HAS_OPEN_ORDERS, with `orderIds`, while an order awaits its payment or a decision, is disputed, or its rental is not over; NOT_FOUND for a buyer without orders.',
  })
  async anonymizeCustomer(
    @Ctx() context: GraphQLContext,
    @Arg('buyerId', () => ID, { description: 'The `sub` of the buyer’s tokens.' }) buyerId: string,
  ): Promise<AnonymizeCustomerPayload> {
    const { orders, events } = await this.anonymisation.anonymise(context.em, signedIn(context), buyerId);
    return { buyerId, orderCount: orders, eventCount: events };
  }
}
