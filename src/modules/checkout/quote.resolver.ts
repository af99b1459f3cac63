/** The quote, open to everyone. */
import { ArrayMaxSize, ArrayMinSize, ValidateNested } from 'class-validator';
import { Args, ArgsType, Ctx, Field, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { GraphQLContext } from '../../platform/graphql/context.js';
import type { CatalogueItem, CatalogueService } from '../catalogue/catalogue.service.js';
import { CatalogueItemType } from '../catalogue/catalogue.types.js';
import type { InventoryContext } from '../inventory/inventory-context.js';
import { CheckoutItemInput } from './checkout.input.js';
import type { QuoteLine, QuoteService } from './quote.service.js';
import { QuoteLineType, QuoteType } from './quote.types.js';

@ArgsType()
class QuoteArguments {
  @Field(() => [CheckoutItemInput], { description: 'The basket: 1 to 50 lines.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  items!: CheckoutItemInput[];
}

@Resolver()
export class QuoteResolver {
  constructor(private readonly service: QuoteService) {}

  @Query(() => QuoteType, {
    description:
      'What createCheckoutSession would charge, and whether each line is available. Holds nothing. Looks at calendars as `availability` and `nextAvailableDate` do, within the same limit of a request.',
  })
  async quote(
    @Ctx() { em, viewer, limits, calendarBudget }: InventoryContext,
    @Args(() => QuoteArguments) { items }: QuoteArguments,
  ): Promise<QuoteType> {
    await limits.countQuote(viewer);
    const { lines, ...quote } = await this.service.quote(em, items, calendarBudget);
    return { lines: lines.map(toLineType), ...quote };
  }
}

@Resolver(() => QuoteLineType)
export class QuoteLineResolver {
  constructor(private readonly catalogue: CatalogueService) {}

  @FieldResolver(() => CatalogueItemType, { description: 'The item.' })
  async item(@Root() { type, itemId }: QuoteLineType, @Ctx() { em }: GraphQLContext): Promise<CatalogueItem> {
    // Taken off sale in this very moment, it is still the item of the quote.
    const item = await this.catalogue.itemOf(em, { type, id: itemId }, { includeInactive: true });
    if (item === null) throw new Error(`The ${type} ${itemId} is gone.`);
    return item;
  }
}

function toLineType({ line, currency, isAvailable, available, firstFreeDate }: QuoteLine): QuoteLineType {
  const { item, type, quantity, days, price, rental } = line;
  const money = (amount: number) => ({ amount, currency });
  return {
    type,
    itemId: item.id,
    name: item.name,
    quantity,
    days,
    startDate: rental?.startDate ?? null,
    endDate: rental?.endDate ?? null,
    returnDate: rental?.returnDate ?? null,
    unitPrice: money(price.unitPriceMinor),
    rate: rental && { months: price.months, weeks: price.weeks, days: price.days, amount: money(price.rateMinor) },
    amount: money(price.amountMinor),
    deposit: price.depositMinor === null ? null : money(price.depositMinor),
    isAvailable,
    available,
    firstFreeDate,
  };
}
