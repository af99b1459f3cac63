/** The context of an operation, with the parts of all modules. */
import type { InventoryContext } from '../modules/inventory/inventory-context.js';

export type OperationContext = InventoryContext;
