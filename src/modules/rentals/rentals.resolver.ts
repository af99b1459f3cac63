/** Rentals, as staff handle them. */
import { GraphQLLocalDate } from 'graphql-scalars';
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, signedIn } from '../../platform/graphql/context.js';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import { ItemType } from '../catalogue/item-type.js';
import type { OrderLine } from '../orders/order-line.entity.js';
import { OrderLineType } from '../orders/orders.types.js';
import type { BookingAtRisk, Movements, RentalsService, RentedUnit } from './rentals.service.js';
import { BookingAtRiskType, MovementsType, RentedUnitType, SwapUnitInput } from './rentals.types.js';

@Resolver(() => OrderLineType)
export class RentalsResolver {
  constructor(private readonly service: RentalsService) {}

  @Query(() => MovementsType, { description: 'What leaves the shop and what comes back in a span of days (staff).' })
  async rentals(
    @Ctx() { em }: GraphQLContext,
    @Arg('from', () => GraphQLLocalDate, { description: 'The first day.' }) from: CalendarDate,
    @Arg('to', () => GraphQLLocalDate, { description: 'The last day; at most 92 days in all.' }) to: CalendarDate,
  ): Promise<Movements> {
    return this.service.movements(em, from, to);
  }

  @Query(() => [BookingAtRiskType], {
    description:
      'Rentals and blocks to come whose unit is overdue and may not be ready in time, the earliest first (staff).',
  })
  async bookingsAtRisk(@Ctx() { em }: GraphQLContext): Promise<BookingAtRisk[]> {
    return this.service.atRisk(em);
  }

  @Mutation(() => OrderLineType, { description: 'Notes that units of a paid rental have left the shop (staff).' })
  async markPickedUp(
    @Ctx() context: GraphQLContext,
    @Arg('orderLineId', () => ID, { description: 'Id of the order line.' }) orderLineId: string,
    @Arg('unitIds', () => [ID], { nullable: true, description: 'Only these units; all of the line when absent.' })
    unitIds?: string[] | null,
  ): Promise<OrderLine> {
    return this.service.markPickedUp(context.em, signedIn(context), { orderLineId, unitIds });
  }

  @Mutation(() => OrderLineType, { description: 'Notes that units of a rental are back, all or some (staff).' })
  async markReturned(
    @Ctx() context: GraphQLContext,
    @Arg('orderLineId', () => ID, { description: 'Id of the order line.' }) orderLineId: string,
    @Arg('unitIds', () => [ID], { nullable: true, description: 'Only these units; all of the line when absent.' })
    unitIds?: string[] | null,
  ): Promise<OrderLine> {
    return this.service.markReturned(context.em, signedIn(context), { orderLineId, unitIds });
  }

  @Mutation(() => OrderLineType, { description: 'Gives a rental that has not left yet another unit (staff).' })
  async swapUnit(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => SwapUnitInput, { description: 'The rental, its unit and the other one.' }) input: SwapUnitInput,
  ): Promise<OrderLine> {
    return this.service.swapUnit(context.em, signedIn(context), input);
  }

  @FieldResolver(() => [RentedUnitType], {
    description: 'The units of a paid rental, and where they are (staff); none for products.',
  })
  async units(@Root() line: OrderLine, @Ctx() { em }: GraphQLContext): Promise<RentedUnit[]> {
    return line.type === ItemType.EQUIPMENT ? this.service.unitsOf(em, line.id) : [];
  }
}
