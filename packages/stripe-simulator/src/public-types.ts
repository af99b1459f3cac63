/**
 * What those who use the package see. The types are its own, and not those of Stripe's SDK or of what is bundled: its
 * declarations need no other package.
 */
import type { BankActions } from './bank-types.js';
import type { ChaosPlan } from './chaos-plan.js';
import type { Clock, ClockState } from './clock.js';
import type { DashboardActions } from './dashboard-types.js';
import type { FaultPlan } from './faults.js';
import type { JournalEntry } from './request-journal.js';

/** The payment method types that the simulator can pay with. */
export type OfferedPaymentMethodType = 'card' | 'sepa_debit' | 'bancontact';

/** An endpoint that the simulator is given at its start, or by a test. */
export interface WebhookEndpoint {
  url: string;
  /** Signs every delivery; the receiver has to know it. */
  secret: string;
  /** The event types that it gets. Default: all. */
  enabledEvents?: readonly string[];
}

export interface StripeSimulatorOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Every event goes to each of them that selects it. */
  webhookEndpoints?: WebhookEndpoint[];
  /** Keeps the state in this file across restarts. Without it, the state ends with the process. */
  stateFile?: string;
  /**
   * Whether the state file keeps how far the clock was moved, for apps whose clock follows it. By default a restart begins at
   * the time it is.
   */
  keepsClock?: boolean;
  /** The clock below the simulator's own, which can be frozen and moved. Default: the system's. */
  clock?: Clock;
  /**
   * What apps compare with their own clock, within minutes: the time that webhooks are signed with, and the header Date.
   * Default: the system's.
   */
  receiverClock?: Clock;
  /** The pauses between the attempts of one webhook delivery, in milliseconds. */
  retryDelaysMs?: readonly number[];
  /** How long a webhook endpoint may take to answer, in milliseconds. Default 10 s, as Stripe's. */
  webhookTimeoutMs?: number;
  /** The only keys accepted. Default: any test key. Live keys are always rejected. */
  secretKeys?: readonly string[];
  /** The payment methods that sessions and PaymentIntents offer where they suit. Default: cards and SEPA debits. */
  paymentMethodTypes?: readonly OfferedPaymentMethodType[];
  /** How many objects of a kind are kept before the oldest gives way. Default 100,000. */
  maxObjects?: number;
  /** What chaos is drawn from. Default: a random one. */
  seed?: number;
  /** What goes wrong by chance, from the start. */
  chaos?: ChaosPlan;
  /** Called for every API request once it was answered. */
  onRequest?: (entry: { method: string; path: string; status: number | null }) => void;
}

export interface StripeSimulator extends SimulatorControls {
  url: string;
  host: string;
  port: number;
  close(): Promise<void>;
}

export interface SimulatorControls {
  /** The id it got. */
  addWebhookEndpoint(endpoint: WebhookEndpoint): string;
  clock: {
    now(): Date;
    state(): ClockState;
    freeze(): void;
    /** Runs on from where it stands. */
    unfreeze(): void;
    /** Does all that falls due on the way, and waits for the deliveries it sets off. */
    advance(seconds: number): Promise<void>;
    /** Back to the time it is, and running. */
    reset(): void;
  };
  /** What the buyers' banks and the card networks do: disputes, warnings of fraud, holds, what becomes of refunds. */
  bank: BankActions;
  /** What somebody does by hand in the account's dashboard: capture, cancel, refund, delete. */
  dashboard: DashboardActions;
  /** Ordered in advance, for API requests only. They come before what chaos has for a request. */
  faults: Pick<FaultPlan, 'failNext' | 'clear'>;
  /** What goes wrong by chance. The same seed and the same actions make the same chaos. */
  chaos: {
    readonly seed: number;
    plan(): ChaosPlan;
    /** Takes the place of the plan before. */
    set(plan: ChaosPlan): void;
    clear(): void;
  };
  events: {
    /** From the next event on: all of it, so that nothing is the usual again. */
    writeAs(writing: EventWriting): void;
  };
  webhooks: {
    pause(): void;
    resume(): void;
    deliveries(): Delivery[];
    /** Oldest first, with the secrets that sign what is sent to them. */
    endpoints(): KnownWebhookEndpoint[];
    /** Resolves when no attempt is in flight or due. */
    idle(): Promise<void>;
    /** To one endpoint, or to all that select the event. */
    resend(eventId: string, endpointId?: string): void;
    /** The new secret. The one before signs as well for so long: 24 hours, unless told otherwise. */
    rollSecret(endpointId: string, expiresInSeconds?: number): string;
  };
  /** The API requests so far, oldest first. */
  requests(): JournalEntry[];
  forgetRequests(): void;
  snapshot(): SimulatorSnapshot;
  /**
   * Everything is as it was, the clock included; attempts that are in flight are broken off. Throws for a snapshot of
   * another version.
   */
  restore(snapshot: SimulatorSnapshot): void;
  /** Does what is due by the simulator's clock, at once; a timer and every request do so as well. */
  runDue(): void;
}

/** How events are written. Their objects stay as they are: other versions are told by name alone. */
export interface EventWriting {
  /** The default version of the account; the SDK's when absent. */
  apiVersion?: string;
  /** The connected account that they are of, as an endpoint for Connect is told. */
  account?: string;
}

/** An endpoint that there is, whether it was configured or created by the API. */
export interface KnownWebhookEndpoint {
  id: string;
  /** As the API shows it. */
  endpoint: { id: string; url: string; enabled_events: readonly string[]; status: string };
  /** The current one, and one that was rolled and overlaps it. Every delivery is signed with all of them. */
  secrets: readonly WebhookSecret[];
}

/** A secret that signs what is sent to an endpoint. */
export interface WebhookSecret {
  value: string;
  /** Milliseconds since the epoch, by the simulator's clock; null for the current one. */
  expiresAt: number | null;
}

export interface DeliveryAttempt {
  /** Rises with every request that arrives and every attempt that is sent. */
  sequence: number;
  /** ISO 8601, of the wall clock. */
  at: string;
  /** Null when no answer came; `error` then says why. */
  status: number | null;
  error: string | null;
}

/** One event on its way to one webhook endpoint. */
export interface Delivery {
  id: string;
  eventId: string;
  eventType: string;
  endpointId: string;
  url: string;
  state: 'pending' | 'delivered' | 'failed' | 'dropped';
  /** How many times each attempt is sent at once; more than one by chaos only. */
  copies: number;
  /** By chaos: it waits until the next one to its endpoint has been sent. */
  isHeldBack: boolean;
  attempts: DeliveryAttempt[];
  /** How often it was tried: what chaos sends twice counts once. */
  rounds: number;
}

/**
 * All state but the journal, as plain JSON. What is in `state` is the simulator's own, and changes with its versions.
 */
export interface SimulatorSnapshot {
  clock: ClockState;
  chaos: { seed: number; plan: ChaosPlan };
  state: { version: number; objects: Readonly<Record<string, readonly unknown[]>> };
}
