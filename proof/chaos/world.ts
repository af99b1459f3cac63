/** The shop of one schedule: its goods, its buyers, two processes, and a Stripe of its own. */

import { type StripeSimulator, startStripeSimulator } from '@comptoir/stripe-simulator';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import Stripe from 'stripe';
import { type Config, loadConfig } from '../../src/config.js';
import type { ItemType } from '../../src/modules/catalogue/item-type.js';
import type { CreateCheckoutSessionInput } from '../../src/modules/checkout/checkout.input.js';
import type { OrderStatus } from '../../src/modules/orders/order-status.js';
import type { Viewer } from '../../src/platform/auth/viewer.js';
import { JobRunError } from '../../src/platform/jobs/job.js';
import { DomainError } from '../../src/platform/kernel/domain-error.js';
import { type FailPoint, onFailPoint } from '../../src/platform/kernel/fail-point.js';
import { addEquipment, addProduct } from '../../test/support/shop.js';
import type { StaffHeard } from './invariants/dispute-checks.js';
import type { Violation } from './invariants/violation.js';
import type { Random } from './random.js';
import { type Fate, PlannedFailure, Scheduler, type Task } from './scheduler.js';
import { ShopProcess } from './shop-process.js';
import { count, type Tally, Trace } from './trace.js';
import { VirtualClock } from './virtual-clock.js';
import { WebhookQueue } from './webhook-queue.js';

const FIRST_INSTANT = Date.parse('2027-03-01T00:00:00Z');
const DAY_MS = 24 * 3_600_000;
const DEPOSITS_ON = 0.7;
// The last one is too little for Stripe, unless there are two.
const DEPOSITS_MINOR = [20_000, 20_000, 5_000, 40];
const STRIPE_KEY = 'sk_test_chaos0123456789';

/** Everywhere else the process may be stopped, or ended, between two transactions. */
const INSIDE_TRANSACTIONS: ReadonlySet<FailPoint> = new Set<FailPoint>([
  'checkout: before the order is committed',
  'checkout: before the session is committed',
  'webhook: event stored',
  'webhook: inside a handler',
  'webhook: before the commit',
  'fee: before the charge is committed',
  'fee: before the outcome is committed',
]);

/** How often things fail: drawn once a schedule, so that some get far and others break much. */
interface FaultRates {
  deaths: number;
  failures: number;
  stripeFaults: number;
  /** No webhook arrives, ever: reconciliation has to do. */
  webhooksAreLost: boolean;
}

/** A request for a checkout, to be sent again or changed. */
export interface Request {
  buyer: Viewer;
  input: CreateCheckoutSessionInput;
  /** The session that an answer has named. */
  returnedSessionId: string | null;
}

export interface OrderRow {
  id: string;
  buyerId: string;
  status: OrderStatus;
  sessionId: string | null;
}

/** What staff ask for under a key, to be sent again or changed. */
export interface StaffRequest {
  name: string;
  /** What an answer has named. */
  returnedId: string | null;
  /**
   * @param isChanged sends another input under the key
   * @returns the id of what it did
   */
  ask(process: ShopProcess, em: EntityManager, isChanged: boolean): Promise<string>;
}

/** What staff ask for about a dispute. */
export interface DisputeRequest {
  /** Such as `staff submit the evidence of du_…`. */
  name: string;
  disputeId: string;
  ask(process: ShopProcess): Promise<void>;
  /** False while they are to send the same again: the process died, or Stripe did not respond. */
  isAnswered: boolean;
}

/** A line of an order that is paid. */
export interface PaidLine {
  id: string;
  orderId: string;
  type: ItemType;
  quantity: number;
  amount: number;
}

export class World {
  readonly trace: Trace;
  readonly tally: Tally = {};
  readonly violations: Violation[] = [];
  readonly clock: VirtualClock;
  readonly scheduler: Scheduler;
  readonly processes: readonly ShopProcess[];
  readonly buyers: readonly Viewer[];
  readonly staff: Viewer = { id: 'staff', isStaff: true };
  readonly requests: Request[] = [];
  readonly staffRequests: StaffRequest[] = [];
  readonly disputeRequests: DisputeRequest[] = [];
  /** Pages of Stripe's, by their sessions, that buyers were sent to by the links of fees and deposits. */
  readonly pagesShown = new Set<string>();
  /** Pages on which a bank waits for its buyer. */
  readonly challenged = new Set<string>();
  /** PaymentIntents of which somebody took what was held in the dashboard. */
  readonly capturedInDashboard = new Set<string>();
  /** Whether cards are saved for the deposits of rentals. */
  readonly hasDeposits: boolean;
  readonly staffHeard: StaffHeard = { submitted: new Map(), accepted: new Set() };
  readonly webhookQueue: WebhookQueue;
  readonly faultRates: FaultRates;
  /** What happened at the start, to compare the stocks with at the end. */
  readonly productIds: number[] = [];
  readonly equipmentIds: number[] = [];
  readonly initialStock = new Map<number, number>();
  /** Of the equipment. */
  units = 1;
  /** Those that were asked for; which one runs, and when, is the schedule's choice. */
  readonly requestedJobs = new Set<string>();
  /** Nothing dies or fails any more. */
  isCalm = false;

  /** What Stripe showed at an instant, while nothing has been asked of it since that may have changed it. */
  private readonly seenAtStripe = new Map<string, unknown>();
  private seenAt = 0;

  private constructor(
    readonly random: Random,
    readonly orm: MikroORM,
    start: {
      clock: VirtualClock;
      scheduler: Scheduler;
      simulator: StripeSimulator;
      config: Config;
      faultRates: FaultRates;
    },
  ) {
    this.clock = start.clock;
    this.scheduler = start.scheduler;
    this.simulator = start.simulator;
    this.faultRates = start.faultRates;
    this.hasDeposits = start.config.checkout.deposits;
    this.trace = new Trace(() => this.clock.now());
    this.stripe = stripeOf(start.simulator);
    this.webhookQueue = new WebhookQueue(this.stripe, random);
    this.buyers = Array.from({ length: random.between(1, 3) }, () => ({
      id: `buyer-${random.uuid()}`,
      isStaff: false,
    }));
    this.processes = ['A', 'B'].map(
      (name) =>
        new ShopProcess(name, {
          config: start.config,
          orm,
          clock: this.clock,
          logger: this.logger(),
          pause: (place) => this.scheduler.pause(place),
          jobRequested: (name) => this.requestedJobs.add(name),
        }),
    );
  }

  readonly simulator: StripeSimulator;
  readonly stripe: Stripe;

  /** @param hasDeposits null: by chance */
  static async open(random: Random, orm: MikroORM, hasDeposits: boolean | null = null): Promise<World> {
    const start = FIRST_INSTANT + random.below(DAY_MS / 1000) * 1000;
    let world: World | null = null;
    const scheduler: Scheduler = new Scheduler({
      fateAt: (task, place, isInTransaction) => world?.fateAt(task, place, isInTransaction) ?? 'continues',
      processDied: (process, place) => world?.processDied(process, place),
      ended: (task, error) => world?.ended(task, error),
    });
    const clock = new VirtualClock(start, (until) => {
      // Outside tasks nobody else is there to take the turn.
      if (scheduler.isIdle) clock.moveTo(until);
      return scheduler.pause('waiting', until);
    });
    const simulator = await startStripeSimulator({
      clock: { now: () => clock.now() },
      seed: 1,
      onRequest: ({ method }) => {
        if (method !== 'GET') world?.stripeChanged();
      },
    });
    const config = loadConfig({
      ...environmentOf(simulator),
      DEPOSITS: (hasDeposits ?? random.chance(DEPOSITS_ON)) ? 'on' : 'off',
    });
    world = new World(random, orm, { clock, scheduler, simulator, config, faultRates: faultRatesOf(random) });
    onFailPoint((place) => world?.reached(place));
    await world.stock();
    return world;
  }

  async close(): Promise<void> {
    onFailPoint(null);
    await this.simulator.close();
  }

  entityManager(): EntityManager {
    return this.orm.em.fork();
  }

  /** A running process, by chance. */
  anyProcess(): ShopProcess {
    return this.random.pick(this.processes);
  }

  /** Begins an operation on a process; its errors are judged when it ends. */
  begin(name: string, process: ShopProcess, work: () => Promise<unknown>): void {
    count(this.tally, `step: ${name.split(' of ')[0]}`);
    const task = this.scheduler.start(name, process.name, work);
    this.trace.add(`${process.name}: ${task.name} begins`);
  }

  /** What happens at Stripe, or to the whole world, at once. */
  note(what: string, details = ''): void {
    count(this.tally, `step: ${what}`);
    this.trace.add(`${what}${details === '' ? '' : ` (${details})`}`);
  }

  violated(invariant: string, message: string, orderId: string | null = null): void {
    this.violations.push({ invariant, orderId, message });
    this.trace.add(`VIOLATED ${invariant}: ${message}${orderId === null ? '' : ` (${orderId})`}`);
  }

  /** Moves the clock that the shop and Stripe share; Stripe does what falls due. */
  moveClockTo(instant: number): void {
    this.clock.moveTo(instant);
    this.simulator.runDue();
  }

  /** Reads from Stripe what a step chooses from: most turns look, few of them change what there is to see. */
  async look<Seen>(what: string, read: () => Promise<Seen>): Promise<Seen> {
    const now = this.clock.now().getTime();
    if (this.seenAt !== now) this.stripeChanged();
    if (!this.seenAtStripe.has(what)) this.seenAtStripe.set(what, await read());
    this.seenAt = now;
    return this.seenAtStripe.get(what) as Seen;
  }

  stripeChanged(): void {
    this.seenAtStripe.clear();
  }

  /** Puts what has happened at Stripe since the last time into the webhook queue. */
  collectMail(): Promise<void> {
    return this.look('events', () => this.webhookQueue.collect());
  }

  /** The orders of this schedule, the oldest first. */
  async orders(): Promise<OrderRow[]> {
    return this.entityManager().execute<OrderRow[]>(
      `select id, buyer_id as "buyerId", status, checkout_session_id as "sessionId" from orders
       where buyer_id in (?) order by created_at, id`,
      [this.buyers.map(({ id }) => id)],
    );
  }

  /** Rows of this schedule's paid orders, in an order that the same seed gives again. */
  async ofPaidOrders<Row extends object>(columns: string, from: string): Promise<Row[]> {
    return this.entityManager().execute<Row[]>(
      `select o.id as "orderId", ${columns} from orders o join ${from} where o.buyer_id in (?) and o.status = 'PAID'
       order by o.created_at, o.id, 2`,
      [this.buyers.map(({ id }) => id)],
    );
  }

  /** In an order that the same seed gives again. */
  async paidLines(): Promise<PaidLine[]> {
    return this.entityManager().execute<PaidLine[]>(
      `select l.id, l.order_id as "orderId", l.type, l.quantity, l.amount_minor::int as amount
       from order_lines l join orders o on o.id = l.order_id
       where o.buyer_id in (?) and o.status = 'PAID' order by o.created_at, o.id, l.position`,
      [this.buyers.map(({ id }) => id)],
    );
  }

  private async stock(): Promise<void> {
    const onHand = this.random.between(1, 6);
    const product = await addProduct(this.orm, { onHand, priceMinor: this.random.between(100, 5000) });
    this.productIds.push(product);
    this.initialStock.set(product, onHand);
    this.units = this.random.between(1, 2);
    const equipment = await addEquipment(this.orm, {
      units: this.units,
      turnaroundDays: this.random.below(2),
      withdrawalRight: this.random.chance(0.5),
      ...(this.hasDeposits ? { depositMinor: this.random.pick(DEPOSITS_MINOR) } : {}),
    });
    this.equipmentIds.push(equipment);
    // This schedule's Stripe has an account of its own, whose events have been read up to here.
    const { id } = await this.stripe.accounts.retrieveCurrent();
    const em = this.entityManager();
    await em.execute('delete from stripe_accounts');
    await em.execute('insert into stripe_accounts (id, account_id, events_read_until) values (1, ?, ?)', [
      id,
      this.clock.now(),
    ]);
  }

  private reached(place: FailPoint): Promise<void> | void {
    if (INSIDE_TRANSACTIONS.has(place)) return this.scheduler.passThrough(place);
    return this.scheduler.pause(place);
  }

  private fateAt(task: Task, place: string, isInTransaction: boolean): Fate {
    count(this.tally, `place: ${place}`);
    if (this.isCalm) return 'continues';
    const { deaths, failures } = this.faultRates;
    if (this.random.chance(deaths)) return 'dies';
    if (!isInTransaction || !this.random.chance(failures)) return 'continues';
    const fate = place === 'webhook: inside a handler' && this.random.chance(0.6) ? 'fails' : 'fails to serialize';
    count(this.tally, `fate: ${fate}`);
    this.trace.add(`${task.process}: ${task.name} ${fate} at "${place}"`);
    return fate;
  }

  private processDied(name: string, place: string): void {
    count(this.tally, `death: ${place}`);
    this.trace.add(`${name}: the process dies at "${place}"`);
    for (const process of this.processes) if (process.name === name) process.die();
    for (const delivery of this.webhookQueue.deliveries) delivery.isUnderWay = false;
  }

  private ended(task: Task, error: unknown): void {
    this.trace.add(`${task.process}: ${task.name} ${error === null ? 'ends' : `ends with ${describe(error)}`}`);
    if (error instanceof JobRunError) for (const reason of error.errors) this.judge(task, reason);
    else this.judge(task, error);
  }

  private judge(task: Task, error: unknown): void {
    if (error instanceof DomainError && error.code !== 'INTERNAL_SERVER_ERROR') {
      count(this.tally, `answer: ${error.code}`);
      return;
    }
    if (error === null || error instanceof PlannedFailure) return;
    this.violated('unexpected error', `${task.name}: ${describe(error)}`);
  }

  /** What the shop logs belongs to the story. */
  private logger() {
    const write = (fields: object, message: string) => {
      const { err, ...rest } = fields as { err?: unknown };
      const cause = err === undefined ? '' : ` ${describe(err)}`;
      this.trace.add(`   log: ${message} ${JSON.stringify(rest)}${cause}`);
      if (message.startsWith('A deposit took more steps')) this.violated('rest', message);
    };
    return { debug: () => {}, info: () => {}, warn: write, error: write };
  }
}

function describe(error: unknown): string {
  if (error instanceof DomainError) return `${error.code} ${JSON.stringify(error.details)}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function faultRatesOf(random: Random): FaultRates {
  return {
    deaths: random.pick([0, 0.01, 0.03, 0.08]),
    failures: random.pick([0, 0.05, 0.15]),
    stripeFaults: random.pick([0, 0.05, 0.3]),
    webhooksAreLost: random.chance(0.15),
  };
}

function stripeOf({ host, port }: StripeSimulator): Stripe {
  return new Stripe(STRIPE_KEY, { host, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
}

function environmentOf({ url }: StripeSimulator): Record<string, string> {
  return {
    NODE_ENV: 'test',
    DATABASE_URL: 'postgresql://unused',
    STRIPE_API_URL: url,
    STRIPE_SECRET_KEY: STRIPE_KEY,
    STRIPE_PUBLIC_KEY: 'pk_test_chaos0123456789',
    STRIPE_WEBHOOK_SECRET: 'whsec_chaos0123456789',
    RATE_LIMIT: 'off',
    AUTH_JWT_SECRET: 'unused-here-but-the-configuration-asks-for-one',
    AUTH_ISSUER: 'https://issuer.test',
    AUTH_AUDIENCE: 'chaos',
  };
}
