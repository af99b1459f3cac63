/** Sums that are held on buyers' cards while they have rented units. */
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { ShopModule } from '../../platform/module.js';
import type { OrdersService } from '../orders/orders.service.js';
import type { EventHandler } from '../payments/event-handler.js';
import type { EventOrders } from '../payments/event-orders.js';
import type { HoldListener } from '../payments/payment-intent-canceled.handler.js';
import type { PaidOrderListener } from '../payments/payments.service.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { ChargeCapturedHandler } from './charge-captured.handler.js';
import { Deposit, DepositCapture, DepositHold } from './deposit.entity.js';
import type { DepositHoldsService } from './deposit-holds.service.js';
import { DepositCaptureResolver, DepositResolver, OrderDepositsResolver } from './deposits.resolver.js';
import type { DepositsService } from './deposits.service.js';
import { HoldDepositsJob } from './hold-deposits.job.js';

interface DepositsDependencies {
  deposits: DepositsService;
  depositHolds: DepositHoldsService;
  holdListener: HoldListener;
  paidOrders: PaidOrderListener;
  eventOrders: EventOrders;
  orders: OrdersService;
  config: { shop: ShopConfig };
  clock: Clock;
  logger: Logger;
}

export const depositsModule: ShopModule<DepositsDependencies, EventHandler> = {
  entities: [Deposit, DepositHold, DepositCapture],
  resolvers: [OrderDepositsResolver, DepositResolver, DepositCaptureResolver],
  createResolvers: ({ deposits, orders, clock }) => [
    new OrderDepositsResolver(deposits),
    new DepositResolver(deposits, orders, clock),
  ],
  createJobs: ({ depositHolds, paidOrders, config, clock, logger }) => [
    new HoldDepositsJob(depositHolds, paidOrders, config.shop, clock, logger),
  ],
  createEventHandlers: ({ eventOrders, holdListener }) => [new ChargeCapturedHandler(eventOrders, holdListener)],
  access: {
    'Mutation.captureDeposit': 'staff',
    'Mutation.releaseDeposit': 'staff',
    CaptureDepositPayload: 'staff',
    ReleaseDepositPayload: 'staff',
    Deposit: 'signedIn',
    'Deposit.refusal': 'staffElseNull',
    DepositCapture: 'signedIn',
    'DepositCapture.note': 'staffElseNull',
    'DepositCapture.requestedById': 'staffElseNull',
  },
};
