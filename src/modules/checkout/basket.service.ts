/** Prices the lines of a basket and computes their rental days: the same for a quote and for an order. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { addDays, type CalendarDate, calendarDateAt } from '../../platform/kernel/calendar-date.js';
import { maxChargeMinor, minChargeMinor } from '../../platform/kernel/charge-limits.js';
import { DomainError, type FieldErrors } from '../../platform/kernel/domain-error.js';
import { formatMoney } from '../../platform/kernel/money.js';
import type { CatalogueService } from '../catalogue/catalogue.service.js';
import { ItemType } from '../catalogue/item-type.js';
import type { Offer } from '../catalogue/offers.repository.js';
import type { WantedLine } from '../inventory/availability.service.js';
import { LATEST_START_DAYS } from '../inventory/next-date.js';
import { ALWAYS_OPEN, type Closures, nextOpenDay } from '../inventory/opening-days.js';
import type { OpeningDaysService } from '../inventory/opening-days.service.js';
import { earliestEndAt, type ShopDay } from '../inventory/shop-day.js';
import { type LinePrice, priceLine, totalMinor } from '../pricing/pricing.js';
import type { ShopConfig } from '../shop/shop-config.js';
import type { CheckoutItemInput } from './checkout.input.js';
import type { CheckoutConfig } from './checkout-config.js';

/** A line of a basket with its price and rental days. */
export interface BasketLine {
  item: Offer;
  type: ItemType;
  quantity: number;
  /** Rental days; 1 for products. */
  days: number;
  price: LinePrice;
  /** Null for products. */
  rental: RentalDays | null;
}

export interface RentalDays {
  startDate: CalendarDate;
  /** The last day that is paid for. */
  endDate: CalendarDate;
  /** The day on which it has to be back. */
  returnDate: CalendarDate;
}

export interface Basket extends ShopDay {
  lines: BasketLine[];
  totalMinor: number;
  /** Whether the card is saved, since the deposit of a rental will be held on it. */
  savesCard: boolean;
}

/** What the start of a rental without a start date depends on. */
type StartDay = Pick<ShopDay, 'today' | 'closures'>;

export class BasketService {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly openingDays: OpeningDaysService,
    private readonly config: { checkout: CheckoutConfig; shop: ShopConfig },
  ) {}

  /** What is on offer of the items of a basket: for `price`, where it can be read along with something else. */
  async findOffers(em: EntityManager, inputs: readonly CheckoutItemInput[]): Promise<Offer[]> {
    return this.catalogue.findOffers(em, inputs);
  }

  /**
   * @param offers those of `findOffers`, which is called where there are none yet
   * @throws DomainError `BAD_USER_INPUT` for invalid days, duplicate lines and totals
   *   that cannot be charged, `NOT_FOUND` for items that are not on offer
   */
  async price(
    em: EntityManager,
    inputs: readonly CheckoutItemInput[],
    now: Date,
    offers?: readonly Offer[],
  ): Promise<Basket> {
    const today = calendarDateAt(now, this.config.shop.timeZone);
    // Products can be had on any day.
    const hasRentals = inputs.some(({ type }) => type === ItemType.EQUIPMENT);
    const closures = hasRentals ? await this.openingDays.closuresFrom(em, today) : ALWAYS_OPEN;
    checkLines(inputs, today, closures);
    const items = this.catalogue.inOrder(inputs, offers ?? (await this.findOffers(em, inputs)));
    const lines = items.map((item, index) => basketLine(item, inputs[index] as CheckoutItemInput, { today, closures }));
    const total = totalMinor(lines.map(({ price }) => price));
    this.checkTotal(total);
    const savesCard = this.config.checkout.deposits && lines.some(({ price }) => (price.depositMinor ?? 0) > 0);
    const earliestEnd = earliestEndAt(now, this.config.shop.timeZone);
    return { lines, totalMinor: total, savesCard, today, closures, earliestEnd };
  }

  private checkTotal(amount: number): void {
    const { currency } = this.config.shop;
    const limits = [minChargeMinor(currency), maxChargeMinor(currency)] as const;
    if (amount >= limits[0] && amount <= limits[1]) return;
    const [least, most] = limits.map((limit) => formatMoney({ amount: limit, currency }, 'en'));
    throw DomainError.badInput('items', `the total must be between ${least} and ${most}`);
  }
}

function basketLine(item: Offer, input: CheckoutItemInput, day: StartDay): BasketLine {
  const { quantity } = input;
  const { type } = item;
  if (item.type === ItemType.PRODUCT) {
    const price = priceLine({ priceMinor: item.priceMinor, quantity });
    return { item, type, quantity, days: 1, price, rental: null };
  }
  const { days } = input;
  const rentalPrices = {
    perDayMinor: item.pricePerDayMinor,
    perWeekMinor: item.pricePerWeekMinor,
    perMonthMinor: item.pricePerMonthMinor,
  };
  const price = priceLine({ rentalPrices, depositMinor: item.depositMinor, quantity, days });
  return { item, type, quantity, days, price, rental: rentalDays(input, day) };
}

function rentalDays({ startDate, days }: CheckoutItemInput, day: StartDay): RentalDays {
  const start = startDate ?? earliestStart(day);
  const endDate = addDays(start, days - 1);
  // A shop that stays closed for more than a year rents nothing: the hold fails then.
  return { startDate: start, endDate, returnDate: nextOpenDay(day.closures, endDate) ?? endDate };
}

/** Validates what the schema cannot express. */
function checkLines(items: readonly CheckoutItemInput[], today: CalendarDate, closures: Closures): void {
  const fields: FieldErrors = {};
  const seen = new Set<string>();
  items.forEach((item, index) => {
    const problem = startDateProblem(item, today);
    if (problem) fields[`items[${index}].startDate`] = problem;
    const start = item.type === ItemType.EQUIPMENT ? (item.startDate ?? earliestStart({ today, closures })) : '';
    const key = `${item.type} ${item.id} ${start}`;
    if (seen.has(key)) fields[`items[${index}]`] = 'repeats an earlier line: raise the quantity of that one instead';
    seen.add(key);
  });
  if (Object.keys(fields).length > 0) throw DomainError.ofFields('BAD_USER_INPUT', fields);
}

/** The default start date: today, or the next day on which the shop is open. */
function earliestStart({ today, closures }: StartDay): CalendarDate {
  return nextOpenDay(closures, today) ?? today;
}

function startDateProblem({ type, startDate }: CheckoutItemInput, today: CalendarDate): string | null {
  if (startDate == null) return null;
  if (type === ItemType.PRODUCT) return 'is for equipment only';
  const latest = addDays(today, LATEST_START_DAYS);
  return startDate < today || startDate > latest ? `must be between ${today} and ${latest}` : null;
}

/** The line as a request to the inventory. */
export function toWantedLine({ item, type, quantity, days, rental }: BasketLine): WantedLine {
  const turnaroundDays = item.type === ItemType.EQUIPMENT ? item.turnaroundDays : 0;
  return { type, itemId: item.id, quantity, days, rental, turnaroundDays };
}
