/** What the package offers to programs that start the simulator in their own process. */
export type {
  BankActions,
  CaptureRefusal,
  DisputeOpening,
  DisputeReason,
  FraudType,
  OpenedDisputeKind,
  RefundFailure,
  RefundFailureReason,
  RefundPendingReason,
  RefundReference,
} from './bank-types.js';
export type { ChaosPlan, Latency } from './chaos-plan.js';
export type { Clock, ClockState } from './clock.js';
export type { DashboardActions, DashboardCancellationReason } from './dashboard-types.js';
export type { Fault } from './faults.js';
export type {
  Delivery,
  DeliveryAttempt,
  EventWriting,
  KnownWebhookEndpoint,
  OfferedPaymentMethodType,
  SimulatorControls,
  SimulatorSnapshot,
  StripeSimulator,
  StripeSimulatorOptions,
  WebhookEndpoint,
  WebhookSecret,
} from './public-types.js';
export type { JournalEntry } from './request-journal.js';
export { startStripeSimulator } from './simulator.js';
export { StateFileError } from './state-file-error.js';
export { signWebhook } from './webhook-signature.js';
