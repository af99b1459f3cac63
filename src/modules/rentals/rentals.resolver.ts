/** Rentals, as staff handle them. */
import { GraphQLLocalDate } from 'graphql-scalars';
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type GraphQLContext, signedIn } from '../../platform/graphql/context.js';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import type { CatalogueService } from '../catalogue/catalogue.service.js';
import type { EquipmentUnit } from '../catalogue/equipment-unit.entity.js';
import { ItemType } from '../catalogue/item-type.js';
import { EquipmentUnitType } from '../inventory/inventory.types.js';
import type { Order } from '../orders/order.entity.js';
import type { OrderLine } from '../orders/order-line.entity.js';
import type { OrdersService } from '../orders/orders.service.js';
import { OrderLineType, OrderType } from '../orders/orders.types.js';
import type { BookingAtRisk, Movements, RentalsService, RentedUnit } from './rentals.service.js';
import {
  BookingAtRiskType,
  MarkPickedUpInput,
  MarkPickedUpPayload,
  MarkReturnedInput,
  MarkReturnedPayload,
  MovementsType,
  ReassignUnitInput,
  ReassignUnitPayload,
  RentedUnitType,
} from './rentals.types.js';

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

  @Mutation(() => MarkPickedUpPayload, {
    description:
      'Records that units of a paid rental have left the shop (staff). ORDER_REFUNDED or ORDER_DISPUTED where their money has gone, or is going back, unless that is confirmed; DEPOSIT_NOT_HELD unless they leave without a deposit.',
  })
  async markPickedUp(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => MarkPickedUpInput, { description: 'The rental, and which of its units.' })
    input: MarkPickedUpInput,
  ): Promise<MarkPickedUpPayload> {
    return { line: await this.service.markPickedUp(context.em, signedIn(context), input) };
  }

  @Mutation(() => MarkReturnedPayload, { description: 'Records that units of a rental are back, all or some (staff).' })
  async markReturned(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => MarkReturnedInput, { description: 'The rental, and which of its units.' })
    input: MarkReturnedInput,
  ): Promise<MarkReturnedPayload> {
    return { line: await this.service.markReturned(context.em, signedIn(context), input) };
  }

  @Mutation(() => ReassignUnitPayload, { description: 'Gives a rental that has not left yet another unit (staff).' })
  async reassignUnit(
    @Ctx() context: GraphQLContext,
    @Arg('input', () => ReassignUnitInput, { description: 'The rental, its unit and the other one.' })
    input: ReassignUnitInput,
  ): Promise<ReassignUnitPayload> {
    return { line: await this.service.reassignUnit(context.em, signedIn(context), input) };
  }

  @FieldResolver(() => [RentedUnitType], {
    description: 'The units of a paid rental, and where they are (staff); none for products.',
  })
  async units(@Root() line: OrderLine, @Ctx() { em }: GraphQLContext): Promise<RentedUnit[]> {
    return line.type === ItemType.EQUIPMENT ? this.service.unitsOf(em, line.id) : [];
  }
}

@Resolver(() => RentedUnitType)
export class RentedUnitResolver {
  constructor(
    private readonly orders: OrdersService,
    private readonly catalogue: CatalogueService,
  ) {}

  @FieldResolver(() => OrderType, { description: 'The order.' })
  async order(@Root() { orderId }: RentedUnit, @Ctx() { em }: GraphQLContext): Promise<Order | null> {
    return this.orders.findById(em, orderId);
  }

  @FieldResolver(() => OrderLineType, { description: 'The line of the order.' })
  async line(@Root() { orderLineId }: RentedUnit, @Ctx() { em }: GraphQLContext): Promise<OrderLine> {
    return this.orders.lineById(em, orderLineId);
  }

  @FieldResolver(() => EquipmentUnitType, { description: 'The unit.' })
  async unit(@Root() { unitId }: RentedUnit, @Ctx() { em }: GraphQLContext): Promise<EquipmentUnit> {
    return this.catalogue.unitById(em, unitId);
  }
}
