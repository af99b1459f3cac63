/** Buyers withdraw from the contract, and staff see to it. */
import type { ShopModule } from '../../platform/module.js';
import type { OrdersService } from '../orders/orders.service.js';
import { Withdrawal, WithdrawalLine } from './withdrawal.entity.js';
import { OrderWithdrawalsResolver, WithdrawableLineResolver, WithdrawalResolver } from './withdrawals.resolver.js';
import type { WithdrawalsService } from './withdrawals.service.js';

interface WithdrawalsDependencies {
  withdrawals: WithdrawalsService;
  orders: OrdersService;
}

export const withdrawalsModule: ShopModule<WithdrawalsDependencies> = {
  entities: [Withdrawal, WithdrawalLine],
  resolvers: [OrderWithdrawalsResolver, WithdrawableLineResolver, WithdrawalResolver],
  createResolvers: ({ withdrawals, orders }) => [
    new OrderWithdrawalsResolver(withdrawals),
    new WithdrawableLineResolver(withdrawals),
    new WithdrawalResolver(orders, withdrawals),
  ],
  access: {
    'Mutation.withdraw': 'ownerOrStaff',
    'Mutation.closeWithdrawal': 'staff',
    Withdrawal: 'signedIn',
    'Withdrawal.actorId': 'staffElseNull',
    'Withdrawal.closedNote': 'staffElseNull',
    WithdrawalLine: 'signedIn',
    WithdrawPayload: 'signedIn',
    CloseWithdrawalPayload: 'staff',
  },
};
