/** Money that a bank has taken back. */
import type { ShopModule } from '../../platform/module.js';
import { Dispute } from './dispute.entity.js';

export const disputesModule: ShopModule = {
  entities: [Dispute],
};
