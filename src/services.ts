/** Builds the services and hands them to each other, for the API and for programs beside it. */
// type-graphql's decorators, which some of the services' classes bear, look for it when they are declared.
import 'reflect-metadata';
import { Registry } from 'prom-client';
import type { Config } from './config.js';
import { CatalogueService } from './modules/catalogue/catalogue.service.js';
import { CatalogueManagementService } from './modules/catalogue/management.service.js';
import { BasketService } from './modules/checkout/basket.service.js';
import { CheckoutService } from './modules/checkout/checkout.service.js';
import { ExpireCheckoutsJob } from './modules/checkout/expire-checkouts.job.js';
import { OrderPlacement } from './modules/checkout/order-placement.js';
import { QuoteService } from './modules/checkout/quote.service.js';
import { RecheckDelayedPaymentsJob } from './modules/checkout/recheck-delayed-payments.job.js';
import { RecoverCheckoutsJob } from './modules/checkout/recover-checkouts.job.js';
import { AvailabilityService } from './modules/inventory/availability.service.js';
import { InventoryService } from './modules/inventory/inventory.service.js';
import { OpeningDaysService } from './modules/inventory/opening-days.service.js';
import { StockManagementService } from './modules/inventory/stock-management.service.js';
import { CancellationService } from './modules/orders/cancellation.service.js';
import { InstallationService } from './modules/orders/installation.service.js';
import { OrdersService } from './modules/orders/orders.service.js';
import { RentalsService } from './modules/orders/rentals.service.js';
import { ReturnPageService } from './modules/orders/return-page.service.js';
import { ReviewService } from './modules/orders/review.service.js';
import { SettlementService } from './modules/orders/settlement.service.js';
import { AnonymisationService } from './modules/privacy/anonymisation.service.js';
import { AnonymiseLateEventsJob } from './modules/privacy/anonymise-late-events.job.js';
import { CustomerExportService } from './modules/privacy/customer-export.service.js';
import { IssueRefundsJob } from './modules/refunds/issue-refunds.job.js';
import { MoneySyncService } from './modules/refunds/money-sync.service.js';
import { RefreshMoneyJob } from './modules/refunds/refresh-money.job.js';
import { RefundsService } from './modules/refunds/refunds.service.js';
import { CheckoutSettler } from './modules/webhooks/checkout-settler.js';
import { CompareJob } from './modules/webhooks/compare.job.js';
import { ComparisonService } from './modules/webhooks/comparison.service.js';
import { EventOrders } from './modules/webhooks/event-orders.js';
import { ChargeDisputeHandler } from './modules/webhooks/handlers/charge-dispute.handler.js';
import { ChargeRefundedHandler } from './modules/webhooks/handlers/charge-refunded.handler.js';
import { CheckoutSessionAsyncPaymentFailedHandler } from './modules/webhooks/handlers/checkout-session-async-payment-failed.handler.js';
import { CheckoutSessionAsyncPaymentSucceededHandler } from './modules/webhooks/handlers/checkout-session-async-payment-succeeded.handler.js';
import { CheckoutSessionCompletedHandler } from './modules/webhooks/handlers/checkout-session-completed.handler.js';
import { CheckoutSessionExpiredHandler } from './modules/webhooks/handlers/checkout-session-expired.handler.js';
import { PaymentIntentCanceledHandler } from './modules/webhooks/handlers/payment-intent-canceled.handler.js';
import { PaymentIntentPaymentFailedHandler } from './modules/webhooks/handlers/payment-intent-payment-failed.handler.js';
import { RefundHandler } from './modules/webhooks/handlers/refund.handler.js';
import { InboxService } from './modules/webhooks/inbox.service.js';
import { MoneyNews } from './modules/webhooks/money-news.js';
import { PruneEventsJob } from './modules/webhooks/prune-events.job.js';
import { ReconcileJob } from './modules/webhooks/reconcile.job.js';
import { RetryEventsJob } from './modules/webhooks/retry-events.job.js';
import type { StripeAccountService } from './modules/webhooks/stripe-account.service.js';
import { WebhookEventsService } from './modules/webhooks/webhook-events.service.js';
import { WebhookMetrics } from './modules/webhooks/webhook-metrics.js';
import type { JobRequests } from './platform/jobs/job.js';
import type { Clock } from './platform/kernel/clock.js';
import type { Logger } from './platform/kernel/logger.js';
import type { PaymentGateway } from './stripe/payment-gateway.js';

/** What the services stand on. */
export interface Foundations {
  config: Config;
  clock: Clock;
  logger: Logger;
  /** For people who wait for the answer. */
  gateway: PaymentGateway;
  /** For jobs: slower, so that they leave Stripe's rate limit to people. */
  jobGateway: PaymentGateway;
  jobs: JobRequests;
  /** Whether the key and the database belong together; what the gateways ask before every call. */
  account: StripeAccountService;
}

export type Services = ReturnType<typeof buildServices>;

/** What modules make their resolvers from. */
export type ModuleNeeds = Services & Pick<Foundations, 'config' | 'clock'>;

export function buildServices(foundations: Foundations) {
  const { config, clock, logger, gateway, jobGateway, jobs, account } = foundations;
  const metrics = new Registry();
  const catalogue = new CatalogueService(config.shop);
  const catalogueManagement = new CatalogueManagementService(config.shop, clock);
  const openingDays = new OpeningDaysService();
  const availability = new AvailabilityService(openingDays, config.shop, clock);
  const inventory = new InventoryService();
  const baskets = new BasketService(catalogue, openingDays, config.shop);
  const installation = new InstallationService(config.installationId);
  const inbox = new InboxService(config.stripe.livemode, jobs, new WebhookMetrics(metrics), clock, logger);
  const refunds = new RefundsService(jobs, clock);
  const settlement = new SettlementService(inventory, refunds, inbox, config.shop, clock);
  inbox.register(handlersOf(settlement, installation, jobs));
  const cancellation = new CancellationService(settlement, gateway, clock, logger);
  const placement = new OrderPlacement(
    baskets,
    inventory,
    availability,
    cancellation,
    installation,
    gateway,
    config,
    clock,
  );
  const checkout = new CheckoutService(placement, settlement, cancellation, gateway, clock, logger);
  const orders = new OrdersService(config.shop);
  const comparison = new ComparisonService(settlement, inbox, installation, jobGateway, jobs, clock, logger);
  const anonymisation = new AnonymisationService(config.shop, clock, logger);
  const reconcile = new ReconcileJob(inbox, comparison, jobGateway, clock, logger);
  return {
    metrics,
    catalogue,
    catalogueManagement,
    stockManagement: new StockManagementService(catalogueManagement, config.shop, clock),
    openingDays,
    availability,
    checkout,
    quote: new QuoteService(baskets, availability, config.shop, clock),
    orders,
    returnPage: new ReturnPageService(orders, settlement, gateway, clock, logger),
    cancellation,
    review: new ReviewService(
      settlement,
      cancellation,
      new MoneySyncService(gateway, refunds, jobs, clock, logger),
      refunds,
      clock,
    ),
    rentals: new RentalsService(config.shop, clock),
    refunds,
    inbox,
    webhookEvents: new WebhookEventsService(inbox),
    anonymisation,
    customerExport: new CustomerExportService(clock, logger),
    account,
    comparison,
    reconcile,
    jobs: [
      ...jobsOfPayments(foundations, { placement, settlement, cancellation, refunds }),
      new RetryEventsJob(inbox, jobGateway, clock, logger),
      new PruneEventsJob(clock, logger),
      new AnonymiseLateEventsJob(anonymisation, clock, logger),
      reconcile,
      new CompareJob(comparison, clock, logger),
    ],
  };
}

interface PaymentServices {
  placement: OrderPlacement;
  settlement: SettlementService;
  cancellation: CancellationService;
  refunds: RefundsService;
}

/** What must become of a checkout, and of money that goes back, when nobody asks. */
function jobsOfPayments(
  { jobGateway, jobs, clock, logger }: Foundations,
  { placement, settlement, cancellation, refunds }: PaymentServices,
) {
  return [
    new RecoverCheckoutsJob(
      new CheckoutService(placement, settlement, cancellation, jobGateway, clock, logger),
      new CancellationService(settlement, jobGateway, clock, logger),
      clock,
      logger,
    ),
    new ExpireCheckoutsJob(settlement, jobGateway, clock, logger),
    new RecheckDelayedPaymentsJob(settlement, jobGateway, clock, logger),
    new IssueRefundsJob(settlement, jobGateway, jobs, clock, logger),
    new RefreshMoneyJob(
      settlement,
      new MoneySyncService(jobGateway, refunds, jobs, clock, logger),
      jobs,
      clock,
      logger,
    ),
  ];
}

function handlersOf(settlement: SettlementService, installation: InstallationService, jobs: JobRequests) {
  const orders = new EventOrders(settlement, installation);
  const settler = new CheckoutSettler(orders, settlement);
  const news = new MoneyNews(orders, jobs);
  return [
    new CheckoutSessionCompletedHandler(settler),
    new CheckoutSessionExpiredHandler(settler),
    new CheckoutSessionAsyncPaymentSucceededHandler(settler),
    new CheckoutSessionAsyncPaymentFailedHandler(settler),
    new PaymentIntentPaymentFailedHandler(orders, settlement),
    new PaymentIntentCanceledHandler(orders, settlement),
    new ChargeRefundedHandler(news),
    new RefundHandler(news),
    new ChargeDisputeHandler(news),
  ];
}
