/** `/v1/balance_transactions`: retrieve and list. */
import type Stripe from 'stripe';
import { missingObject } from '../errors.js';
import { isWithin, paginate } from '../pagination.js';
import { expandField, notImplementedYet, paginationFields, range, text } from '../parameter-schema.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';

const PATH = '/v1/balance_transactions';
const OBJECT_TYPE = 'balance_transaction';

export function balanceTransactionRoutes({ store }: Simulation): Route[] {
  return [
    defineRoute<Stripe.BalanceTransactionRetrieveParams>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      handle: ({ id }) => {
        const transaction = store.balanceTransactions.get(id);
        if (transaction === undefined) throw missingObject(OBJECT_TYPE, id);
        return transaction;
      },
    }),
    defineRoute<Stripe.BalanceTransactionListParams>({
      method: 'GET',
      path: PATH,
      answers: `${OBJECT_TYPE}[]`,
      parameters: {
        ...paginationFields,
        created: range(),
        currency: text(),
        expand: expandField,
        payout: notImplementedYet(),
        source: text(),
        type: text(),
      },
      handle: ({ parameters }) => {
        const { created, currency, source, type } = parameters;
        const matches = (transaction: Stripe.BalanceTransaction) =>
          isWithin(transaction.created, created) &&
          (currency === undefined || transaction.currency === currency.toLowerCase()) &&
          (source === undefined || transaction.source === source) &&
          (type === undefined || transaction.type === type);
        const transactions = store.balanceTransactions.newestFirst();
        return paginate(transactions, parameters, { url: PATH, objectType: OBJECT_TYPE, matches });
      },
    }),
  ];
}
