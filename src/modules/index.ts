/** The modules of the shop: one line each. */
export { attentionModule } from './attention/attention.module.js';
export { catalogueModule } from './catalogue/catalogue.module.js';
export { checkoutModule } from './checkout/checkout.module.js';
export { depositsModule } from './deposits/deposits.module.js';
export { disputesModule } from './disputes/disputes.module.js';
export { feesModule } from './fees/fees.module.js';
export { fulfillmentModule } from './fulfillment/fulfillment.module.js';
export { inventoryModule } from './inventory/inventory.module.js';
export { ordersModule } from './orders/orders.module.js';
export { paymentsModule } from './payments/payments.module.js';
export { privacyModule } from './privacy/privacy.module.js';
export { reconciliationModule } from './reconciliation/reconciliation.module.js';
export { refundsModule } from './refunds/refunds.module.js';
export { rentalsModule } from './rentals/rentals.module.js';
export { shopModule } from './shop/shop.module.js';
export { webhooksModule } from './webhooks/webhooks.module.js';
export { withdrawalsModule } from './withdrawals/withdrawals.module.js';
