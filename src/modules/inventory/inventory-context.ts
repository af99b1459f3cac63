/** The part of an operation's context for code that reads stock or calendars. */
import type { CatalogueContext } from '../catalogue/catalogue-context.js';
import type { CalendarBudget } from './calendar-budget.js';
import type { StockLoaders } from './stock-loaders.js';

export interface InventoryContext extends CatalogueContext {
  stock: StockLoaders;
  /** What this operation may still read of calendars. */
  calendarBudget: CalendarBudget;
}
