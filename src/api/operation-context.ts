/** All that an operation brings along, for whichever module asks. */
import type { InventoryContext } from '../modules/inventory/inventory-context.js';

export type OperationContext = InventoryContext;
