/** Prices a basket as a checkout would, with its availability; holds and stores nothing. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Money } from '../../platform/kernel/money.js';
import type { AvailabilityService, LineAvailability } from '../inventory/availability.service.js';
import type { CalendarBudget } from '../inventory/calendar-budget.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { type BasketLine, type BasketService, toWantedLine } from './basket.service.js';
import type { CheckoutItemInput } from './checkout.input.js';

export interface Quote {
  lines: QuoteLine[];
  total: Money;
  savesCard: boolean;
  /** Whether a checkout of the whole basket would succeed now. */
  isAvailable: boolean;
}

export interface QuoteLine extends LineAvailability {
  line: BasketLine;
  currency: string;
}

export class QuoteService {
  constructor(
    private readonly baskets: BasketService,
    private readonly availability: AvailabilityService,
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
  ) {}

  /**
   * @param budget what the request may still read of calendars
   * @throws DomainError `BAD_USER_INPUT` and `NOT_FOUND` as `createCheckoutSession` does; `RATE_LIMITED`
   */
  async quote(em: EntityManager, items: readonly CheckoutItemInput[], budget: CalendarBudget): Promise<Quote> {
    const { currency } = this.shop;
    const basket = await this.baskets.price(em, items, this.clock.now());
    const answers = await this.availability.checkLines(em, basket.lines.map(toWantedLine), basket, budget);
    const lines = basket.lines.map((line, index) => ({ line, currency, ...(answers[index] as LineAvailability) }));
    return {
      lines,
      total: { amount: basket.totalMinor, currency },
      savesCard: basket.savesCard,
      isAvailable: lines.every(({ isAvailable }) => isAvailable),
    };
  }
}
