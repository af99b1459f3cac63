/** Every migration in the order in which it runs; a new one is added at the end. */
import { CreateShop } from './2026-11-22-create-shop.js';
import { ManageShop } from './2026-11-23-manage-shop.js';
import { SettlePayments } from './2026-11-23-settle-payments.js';
import { AnonymiseCustomers } from './2026-11-24-anonymise-customers.js';
import { ReadMoneyInTurns } from './2026-11-25-read-money-in-turns.js';
import { GrowPauses } from './2026-11-27-grow-pauses.js';
import { IndexLists } from './2026-11-27-index-lists.js';
import { InstallationId } from './2026-11-27-installation-id.js';
import { NameCauses } from './2026-11-27-name-causes.js';
import { RaisePriceBounds } from './2026-11-27-raise-price-bounds.js';
import { RefundTheRest } from './2026-11-27-refund-the-rest.js';
import { RenamePaymentSync } from './2026-11-27-rename-payment-sync.js';
import { StoreLivemode } from './2026-11-27-store-livemode.js';
import { AnswerDisputes } from './2026-11-28-answer-disputes.js';
import { ClaimRefunds } from './2026-11-28-claim-refunds.js';
import { OrdersEnd } from './2026-11-28-orders-end.js';
import { RecordFulfillments } from './2026-11-28-record-fulfillments.js';
import { ChargeFees } from './2026-11-29-charge-fees.js';
import { ProposeLateFees } from './2026-11-29-propose-late-fees.js';
import { Withdraw } from './2026-11-29-withdraw.js';
import { HoldDeposits } from './2026-11-30-hold-deposits.js';
import { SaveCards } from './2026-11-30-save-cards.js';

export const migrations = [
  { name: '2026-11-22-create-shop', class: CreateShop },
  { name: '2026-11-23-manage-shop', class: ManageShop },
  { name: '2026-11-23-settle-payments', class: SettlePayments },
  { name: '2026-11-24-anonymise-customers', class: AnonymiseCustomers },
  { name: '2026-11-25-read-money-in-turns', class: ReadMoneyInTurns },
  { name: '2026-11-27-raise-price-bounds', class: RaisePriceBounds },
  { name: '2026-11-27-grow-pauses', class: GrowPauses },
  { name: '2026-11-27-store-livemode', class: StoreLivemode },
  { name: '2026-11-27-refund-the-rest', class: RefundTheRest },
  { name: '2026-11-27-installation-id', class: InstallationId },
  { name: '2026-11-27-rename-payment-sync', class: RenamePaymentSync },
  { name: '2026-11-27-name-causes', class: NameCauses },
  { name: '2026-11-27-index-lists', class: IndexLists },
  { name: '2026-11-28-orders-end', class: OrdersEnd },
  { name: '2026-11-28-claim-refunds', class: ClaimRefunds },
  { name: '2026-11-28-record-fulfillments', class: RecordFulfillments },
  { name: '2026-11-28-answer-disputes', class: AnswerDisputes },
  { name: '2026-11-29-withdraw', class: Withdraw },
  { name: '2026-11-29-charge-fees', class: ChargeFees },
  { name: '2026-11-29-propose-late-fees', class: ProposeLateFees },
  { name: '2026-11-30-save-cards', class: SaveCards },
  { name: '2026-11-30-hold-deposits', class: HoldDeposits },
];
