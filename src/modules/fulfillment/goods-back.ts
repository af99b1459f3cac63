/** Goods of a paid order that are the shop's again. Part of the transaction that has locked the order. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { ItemType } from '../catalogue/item-type.js';
import type { InventoryService } from '../inventory/inventory.service.js';
import { toFulfill, withBuyer } from '../orders/fulfillment-status.js';
import type { OrderLine } from '../orders/order-line.entity.js';

/** Goods of a line that come back, or are not going to leave. */
export interface GoodsBack {
  line: OrderLine;
  quantity: number;
  /** Confirms that pieces which had been handed over are in the shop again. */
  isReceivedBack: boolean;
  /** Which units of a rental; null for any that are not out. */
  unitIds: readonly number[] | null;
  /** The input of the line, to name it in errors, such as `lines[0]`; empty for the input itself. */
  path: string;
}

/**
 * Puts goods on offer again: pieces are on hand, units are free on the days of the rental. Those that had not left come
 * first.
 *
 * @param goods of different lines, in the order in which goods are locked everywhere
 * @throws DomainError `BAD_USER_INPUT` where there are not so many
 */
export async function putBack(
  em: EntityManager,
  inventory: InventoryService,
  goods: readonly GoodsBack[],
): Promise<void> {
  for (const part of goods) {
    if (part.line.type === ItemType.PRODUCT) await putPiecesBack(em, inventory, part);
    else await freeUnits(em, inventory, part);
  }
}

async function putPiecesBack(em: EntityManager, inventory: InventoryService, part: GoodsBack): Promise<void> {
  const { line, quantity, isReceivedBack, path, unitIds } = part;
  if (unitIds !== null) throw DomainError.badInput(join(path, 'unitIds'), 'are of rentals only');
  const fromBuyer = Math.max(0, quantity - toFulfill(line));
  const left = toFulfill(line) + withBuyer(line);
  if (quantity > left)
    throw DomainError.badInput(join(path, 'quantity'), `is more than the ${left} that can come back`);
  if (fromBuyer > 0 && !isReceivedBack) {
    const problem = `has to be true: ${fromBuyer} of these had been handed over, and have to be in the shop again`;
    throw DomainError.badInput(join(path, 'receivedBack'), problem);
  }
  await inventory.restock(em, line.itemId, quantity);
  line.takeBack(quantity, fromBuyer);
}

async function freeUnits(em: EntityManager, inventory: InventoryService, part: GoodsBack): Promise<void> {
  const { line, quantity, unitIds, path } = part;
  const { free, movements } = await inventory.freeUnits(em, line, quantity, unitIds);
  if (free < quantity) {
    const problem = `is more than the ${free} that are not out: those that are out come back by markReturned`;
    throw DomainError.badInput(join(path, unitIds === null ? 'quantity' : 'unitIds'), problem);
  }
  line.countUnits(movements);
}

function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}
