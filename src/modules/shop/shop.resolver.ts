/** Answers who the shop is, and when it is open. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import type { GraphQLContext } from '../../platform/graphql/context.js';
import { type CalendarDate, calendarDateAt } from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { OpeningDaysType, ShopType } from './shop.types.js';
import type { ShopDetails } from './shop-config.js';

/** Keeps the days on which the shop is closed: the inventory does, which builds on the shop. */
export interface OpeningDays {
  /** ISO weekdays, and single dates, the earliest first. */
  list(em: EntityManager): Promise<{ weekdays: number[]; dates: { date: CalendarDate }[] }>;
}

const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];

@Resolver(() => ShopType)
export class ShopResolver {
  constructor(
    private readonly details: ShopDetails,
    private readonly days: OpeningDays,
    private readonly clock: Clock,
  ) {}

  @Query(() => ShopType, { description: 'The shop itself.' })
  shop(): ShopType {
    return this.details;
  }

  @FieldResolver(() => OpeningDaysType, { description: 'When the shop is open.' })
  async openingDays(@Ctx() { em }: GraphQLContext): Promise<OpeningDaysType> {
    const closed = await this.days.list(em);
    const today = calendarDateAt(this.clock.now(), this.details.timeZone);
    return {
      weekdays: WEEKDAYS.filter((weekday) => !closed.weekdays.includes(weekday)),
      closedDates: closed.dates.map(({ date }) => date).filter((date) => date >= today),
    };
  }
}
