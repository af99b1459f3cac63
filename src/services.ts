/** Builds the services and injects them into each other. */
import { Registry } from 'prom-client';
import type { Config } from './config.js';
import { AttentionService } from './modules/attention/attention.service.js';
import { CatalogueService } from './modules/catalogue/catalogue.service.js';
import { CatalogueManagementService } from './modules/catalogue/management.service.js';
import { BasketService } from './modules/checkout/basket.service.js';
import { CheckoutService } from './modules/checkout/checkout.service.js';
import { OrderCreation } from './modules/checkout/order-creation.js';
import { QuoteService } from './modules/checkout/quote.service.js';
import { DepositHoldsService } from './modules/deposits/deposit-holds.service.js';
import { DepositLinksService } from './modules/deposits/deposit-links.service.js';
import { DepositSchedule } from './modules/deposits/deposit-schedule.service.js';
import { DepositsService } from './modules/deposits/deposits.service.js';
import { DisputedOrders } from './modules/disputes/disputed-orders.service.js';
import { DisputesService } from './modules/disputes/disputes.service.js';
import { FeeCardChargesService } from './modules/fees/fee-card-charges.service.js';
import { FeeLinksService } from './modules/fees/fee-links.service.js';
import { FeePayments } from './modules/fees/fee-payments.service.js';
import { FeesService } from './modules/fees/fees.service.js';
import { LateFeesService } from './modules/fees/late-fees.service.js';
import { FulfillmentService } from './modules/fulfillment/fulfillment.service.js';
import { AvailabilityService } from './modules/inventory/availability.service.js';
import { InventoryService } from './modules/inventory/inventory.service.js';
import { OpeningDaysService } from './modules/inventory/opening-days.service.js';
import { StockManagementService } from './modules/inventory/stock-management.service.js';
import { HandoverRules } from './modules/orders/handover-rules.js';
import { OrdersService } from './modules/orders/orders.service.js';
import { CancellationService } from './modules/payments/cancellation.service.js';
import { CheckoutSessions } from './modules/payments/checkout-sessions.js';
import { EventOrders } from './modules/payments/event-orders.js';
import { InstallationService } from './modules/payments/installation.service.js';
import { PaymentSyncRequests } from './modules/payments/payment-sync-requests.js';
import { PaymentsService } from './modules/payments/payments.service.js';
import { ReturnPageService } from './modules/payments/return-page.service.js';
import { ReviewService } from './modules/payments/review.service.js';
import type { StripeAccountService } from './modules/payments/stripe-account.service.js';
import { AnonymisationService } from './modules/privacy/anonymisation.service.js';
import { CustomerExportService } from './modules/privacy/customer-export.service.js';
import { MissedEventsService } from './modules/reconciliation/missed-events.service.js';
import { ReconciliationService } from './modules/reconciliation/reconciliation.service.js';
import { PaymentSyncService } from './modules/refunds/payment-sync.service.js';
import { RefundClaimsService } from './modules/refunds/refund-claims.service.js';
import { RefundsService } from './modules/refunds/refunds.service.js';
import { RentalsService } from './modules/rentals/rentals.service.js';
import { InboxService } from './modules/webhooks/inbox.service.js';
import { WebhookEventsService } from './modules/webhooks/webhook-events.service.js';
import { WebhookMetrics } from './modules/webhooks/webhook-metrics.js';
import { WithdrawalsService } from './modules/withdrawals/withdrawals.service.js';
import type { JobRequests } from './platform/jobs/job.js';
import type { Clock } from './platform/kernel/clock.js';
import type { Logger } from './platform/kernel/logger.js';
import type { PaymentGateway } from './stripe/payment-gateway.js';

/** What the services depend on from outside. */
export interface ServiceDependencies {
  config: Config;
  clock: Clock;
  logger: Logger;
  gateway: PaymentGateway;
  jobRequests: JobRequests;
  /** Whether the key and the database belong together; checked before every call to Stripe. */
  account: StripeAccountService;
}

/** What modules make their resolvers, jobs and event handlers from. */
export type ModuleDependencies = ServiceDependencies & ReturnType<typeof createServices>;

export function createServices(dependencies: ServiceDependencies) {
  const { config, clock, logger, gateway, jobRequests } = dependencies;
  const metrics = new Registry();
  const catalogue = new CatalogueService(config.shop);
  const catalogueManagement = new CatalogueManagementService(config.shop, clock);
  const openingDays = new OpeningDaysService();
  const availability = new AvailabilityService(openingDays, config.shop, clock);
  const inventory = new InventoryService();
  const orders = new OrdersService(config.shop);
  const refunds = new RefundsService(jobRequests, clock);
  const handover = new HandoverRules(refunds);
  const fulfillment = new FulfillmentService(inventory, handover, clock);
  const withdrawals = new WithdrawalsService(fulfillment, openingDays, config.shop, clock);
  const installation = new InstallationService(config.installationId);
  const inbox = new InboxService(config.stripe.livemode, jobRequests, new WebhookMetrics(metrics), clock, logger);
  const depositSchedule = new DepositSchedule(jobRequests, config.shop, clock);
  const payments = new PaymentsService(inventory, refunds, inbox, depositSchedule, config.shop, clock);
  const fees = createFees(dependencies, payments, refunds);
  const paymentSync = new PaymentSyncService(gateway, refunds, jobRequests, clock, logger);
  const sessions = new CheckoutSessions(gateway, clock);
  const cancellation = new CancellationService(payments, sessions, clock, logger);
  const eventOrders = new EventOrders(payments, installation);
  const rentals = new RentalsService(handover, depositSchedule, config.shop, clock);
  const otherCheckouts = { fee: fees.feeLinks, deposit: depositSchedule };
  const ofGoods = { catalogue, openingDays, inventory, availability };
  const checkoutParts = { ...ofGoods, cancellation, installation, payments, sessions };
  return {
    metrics,
    attention: new AttentionService(rentals, fees.lateFees, config.shop, clock),
    catalogue,
    catalogueManagement,
    stockManagement: new StockManagementService(catalogueManagement, orders, config.shop, clock),
    openingDays,
    availability,
    orders,
    fulfillment,
    withdrawals,
    ...fees,
    ...createDeposits(dependencies, payments, depositSchedule),
    otherCheckouts,
    disputes: new DisputesService(gateway, new DisputedOrders(fulfillment, rentals, config.shop), jobRequests, clock),
    rentals,
    payments,
    eventOrders,
    paymentSync,
    paymentSyncRequests: new PaymentSyncRequests(eventOrders, jobRequests),
    cancellation,
    review: new ReviewService(payments, cancellation, paymentSync, refunds, clock),
    returnPage: new ReturnPageService(orders, payments, gateway, clock, logger),
    ...createCheckout(dependencies, checkoutParts),
    refunds,
    refundClaims: new RefundClaimsService(refunds, fulfillment, withdrawals, jobRequests, clock),
    inbox,
    webhookEvents: new WebhookEventsService(inbox),
    missedEvents: new MissedEventsService(inbox, gateway, logger),
    reconciliation: new ReconciliationService(
      payments,
      otherCheckouts,
      inbox,
      installation,
      gateway,
      jobRequests,
      clock,
      logger,
    ),
    anonymisation: new AnonymisationService(config.shop, clock, logger),
    customerExport: new CustomerExportService(clock, logger),
  };
}

/** What buyers owe beside an order. */
function createFees(
  { config, clock, logger, gateway }: ServiceDependencies,
  payments: PaymentsService,
  refunds: RefundsService,
) {
  const feePayments = new FeePayments(payments, refunds, clock);
  const feeCards = new FeeCardChargesService(feePayments, gateway, clock, logger);
  const feeLinks = new FeeLinksService(feePayments, feeCards, gateway, clock, logger);
  return {
    fees: new FeesService(feeLinks, feeCards, clock),
    lateFees: new LateFeesService(config.shop, clock),
    feeLinks,
  };
}

/** Sums that are held on cards. */
function createDeposits(
  { config, clock, logger, gateway, jobRequests }: ServiceDependencies,
  payments: PaymentsService,
  schedule: DepositSchedule,
) {
  const depositHolds = new DepositHoldsService(payments, schedule, gateway, config.shop, clock, logger);
  return {
    deposits: new DepositsService(depositHolds, jobRequests, clock, logger),
    depositHolds,
    depositLinks: new DepositLinksService(depositHolds, gateway, clock, logger),
    holdListener: schedule,
    paidOrders: schedule,
  };
}

interface CheckoutParts {
  catalogue: CatalogueService;
  openingDays: OpeningDaysService;
  inventory: InventoryService;
  availability: AvailabilityService;
  cancellation: CancellationService;
  installation: InstallationService;
  payments: PaymentsService;
  sessions: CheckoutSessions;
}

/** From a basket to an order with a session. */
function createCheckout({ config, clock, logger, gateway }: ServiceDependencies, parts: CheckoutParts) {
  const { catalogue, openingDays, inventory, availability, cancellation, installation, payments, sessions } = parts;
  const baskets = new BasketService(catalogue, openingDays, config);
  const orderCreation = new OrderCreation(
    baskets,
    inventory,
    availability,
    cancellation,
    installation,
    gateway,
    config,
    clock,
  );
  return {
    checkout: new CheckoutService(orderCreation, payments, cancellation, sessions, clock, logger),
    quote: new QuoteService(baskets, availability, config.shop, clock),
  };
}
