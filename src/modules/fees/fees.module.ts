/** Fees that buyers owe beside an order. */
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { ShopModule } from '../../platform/module.js';
import type { OrdersService } from '../orders/orders.service.js';
import { Fee, FeeSession } from './fee.entity.js';
import { FeeCardCharge } from './fee-card-charge.entity.js';
import type { FeeLinksService } from './fee-links.service.js';
import { FeeResolver, LateFeeProposalResolver, OrderFeesResolver } from './fees.resolver.js';
import type { FeesService } from './fees.service.js';
import type { LateFeesService } from './late-fees.service.js';
import { SettleFeesJob } from './settle-fees.job.js';

interface FeesDependencies {
  fees: FeesService;
  feeLinks: FeeLinksService;
  lateFees: LateFeesService;
  orders: OrdersService;
  clock: Clock;
  logger: Logger;
}

export const feesModule: ShopModule<FeesDependencies> = {
  entities: [Fee, FeeSession, FeeCardCharge],
  resolvers: [OrderFeesResolver, FeeResolver, LateFeeProposalResolver],
  createResolvers: ({ fees, lateFees, orders }) => [new OrderFeesResolver(fees, lateFees), new FeeResolver(orders)],
  createJobs: ({ feeLinks, clock, logger }) => [new SettleFeesJob(feeLinks, clock, logger)],
  access: {
    'Mutation.chargeFee': 'staff',
    'Mutation.dismissLateFee': 'staff',
    'Mutation.waiveFee': 'staff',
    ChargeFeePayload: 'staff',
    DismissLateFeePayload: 'staff',
    LateFeeProposal: 'staff',
    Fee: 'signedIn',
    'Fee.note': 'staffElseNull',
    'Fee.requestedById': 'staffElseNull',
    WaiveFeePayload: 'staff',
  },
};
