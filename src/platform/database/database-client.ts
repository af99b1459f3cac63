/**
 * The driver's client with timeouts: no statement waits for ever, and a connection that may be dead is not used again.
 */
import pg, { type ClientConfig, type QueryCallback, type QueryConfig, type QueryResult } from 'pg';
import { Deadline, withTimeout } from './deadline.js';
import { DatabaseUnavailable, isReadOnly, outageOf } from './unavailable.js';
import { currentWork, type Limits, type Work } from './workload.js';

// PostgreSQL cancels a statement so much earlier than its connection is closed for not responding.
const SERVER_ENDS_EARLIER_MS = 500;
// What is read lies in memory, or on a disk without moving parts. With PostgreSQL's own value of 4, a statement that was
// planned while its table was almost empty reads all of it until the table is analyzed, however much it grows.
const RANDOM_PAGE_COST = 1.1;
const WHOSE_SESSION = 'select pg_backend_pid() as pid';
// With less, a statement that would have succeeded costs its connection.
const MIN_STATEMENT_MS = 1_000;
const BEGIN = /^(?:begin|start transaction)[^;]*$/;
// What a read-only server reports when a client connects, and as soon as that changes.
const READ_ONLY_PARAMETERS = ['in_hot_standby', 'default_transaction_read_only'];

// What waits for it runs as soon as all that runs now has to wait.
const NEXT = Promise.resolve();

type Answer = QueryResult | QueryResult[];

/** A prepared statement that is all of a transaction. */
export interface OnlyStatement extends QueryConfig {
  isTransaction: true;
}

/** A statement that begins its transaction: it costs no round trip of its own. */
export interface FirstStatement {
  /** Without parameters. */
  text: string;
  begins: true;
}

const isOnly = (query: string | QueryConfig): query is OnlyStatement =>
  typeof query === 'object' && 'isTransaction' in query;

/** What a query begins a transaction with; null where it begins none. */
function beginOf(query: string | QueryConfig | FirstStatement): { begin: string; first: string | null } | null {
  if (typeof query === 'string') return BEGIN.test(query) ? { begin: query, first: null } : null;
  return 'begins' in query ? { begin: 'begin', first: query.text } : null;
}

/** The connections of one pool. */
export class ConnectionGroup {
  readonly open = new Set<DatabaseClient>();
  /** When one of them last got a response, by the system's clock in milliseconds. */
  lastResponseAt = 0;
}

export interface DatabaseClientConfig extends ClientConfig {
  group: ConnectionGroup;
  connectTimeoutMs: number;
}

/** The client class of the driver's pools. */
export class DatabaseClient extends pg.Client {
  private readonly group: ConnectionGroup;
  private readonly connectTimeoutMs: number;
  /** Whether the session is ours, or a pooler assigns another with each transaction; null before it is known. */
  private hasOwnSession: boolean | null = null;
  /** The limits that the session has outside of a transaction; null before any were set. */
  private sessionLimits: Limits | null = null;
  /** Those that the open transaction sets for the session: a rollback reverts them. */
  private proposedLimits: Limits | null = null;
  private running = 0;
  private isGathering = false;
  private wasUsed = false;
  private isLost = false;
  private readonly readOnly = new Set<string>();

  constructor(config: DatabaseClientConfig) {
    super(config);
    this.group = config.group;
    this.connectTimeoutMs = config.connectTimeoutMs;
    this.group.open.add(this);
    this.once('end', () => {
      this.isLost = true;
      this.group.open.delete(this);
    });
    // Code that awaits a result gets the loss as its error.
    this.on('error', () => {
      this.isLost = true;
    });
    this.connection.on('parameterStatus', ({ parameterName, parameterValue }: Record<string, string>) => {
      if (!READ_ONLY_PARAMETERS.includes(parameterName ?? '')) return;
      if (parameterValue === 'on') this.readOnly.add(parameterName ?? '');
      else this.readOnly.delete(parameterName ?? '');
    });
  }

  /** A read-only server may be the old primary after a failover. */
  get isOutdated(): boolean {
    return this.wasUsed && this.readOnly.size > 0;
  }

  /** The driver's own timeout would mistake a process that was halted for a server that does not respond. */
  override connect(callback?: (error: Error | null) => void): Promise<unknown> {
    const late = () => this.lose(new DatabaseUnavailable(`no connection within ${this.connectTimeoutMs} ms`));
    const connected = withTimeout(this.connectTimeoutMs, super.connect(), late);
    if (callback === undefined) return connected;
    connected.then(
      () => process.nextTick(callback, null),
      (error: Error) => process.nextTick(callback, error),
    );
    return connected;
  }

  /** Promises for the ORM, callbacks for a pool's own queries; cursors, which are not used, are passed on. */
  override query(query: string | QueryConfig, values?: readonly unknown[], callback?: QueryCallback): Promise<Answer> {
    if (typeof query === 'object' && 'submit' in query) return super.query(query);
    const answer = this.run(query, values);
    if (callback === undefined) return answer;
    answer.then(
      (result) => process.nextTick(callback, null, result),
      (error: Error) => process.nextTick(callback, error),
    );
    return answer;
  }

  /** Whether the state of the session, such as LISTEN, is there for the next transaction. */
  async ownsSession(): Promise<boolean> {
    this.detectOwnSession(await this.query(WHOSE_SESSION));
    return this.hasOwnSession === true;
  }

  private run(query: string | QueryConfig, values: readonly unknown[] | undefined): Promise<Answer> {
    const work = currentWork();
    const { leftMs } = work;
    const isTooLate = leftMs === 0 && query !== 'rollback';
    if (work.isAbandoned || isTooLate) {
      const reason = isTooLate ? 'its time limit was exceeded' : 'the caller has disconnected';
      return Promise.reject(new DatabaseUnavailable(reason));
    }
    if (isOnly(query) && !this.hasLimits(work.limits)) return this.runWithLimits(query);
    return this.send(query, values, work, Math.min(work.limits.statementMs, Math.max(leftMs, MIN_STATEMENT_MS)));
  }

  private async runWithLimits({ isTransaction: _, ...statement }: OnlyStatement): Promise<Answer> {
    await this.run('begin', undefined);
    try {
      const answer = await this.run(statement, undefined);
      await this.run('commit', undefined);
      return answer;
    } catch (error) {
      await this.run('rollback', undefined).catch(() => {});
      throw error;
    }
  }

  /** Whether nothing has to be set with `begin`. */
  private hasLimits(limits: Limits): boolean {
    return this.hasOwnSession === true && this.sessionLimits === limits;
  }

  /** With the driver's callback: promises would make up a third of what a statement costs. */
  private send(
    query: string | QueryConfig,
    values: readonly unknown[] | undefined,
    work: Work,
    milliseconds: number,
  ): Promise<Answer> {
    const beginning = beginOf(query);
    if (beginning === null) this.allowTimeFor(work.limits);
    const sent = beginning === null ? this.named(query) : this.beginWithLimits(beginning, work.limits);
    this.wasUsed = true;
    this.running += 1;
    work.begin();
    work.startWaiting();
    this.gather();
    return new Promise((resolve, reject) => {
      // The driver then fails with the loss of the connection.
      const late = () => this.closeUnresponsive(`no answer within ${Math.round(milliseconds)} ms`);
      const deadline = new Deadline(milliseconds, late);
      super.query(sent, values, (error, result) => {
        deadline.callOff();
        work.stopWaiting();
        this.running -= 1;
        if (error) return reject(this.explained(error));
        this.group.lastResponseAt = Date.now();
        if (beginning !== null) this.detectOwnSession(result as Answer);
        else if (this.proposedLimits !== null) this.confirmSessionLimits(result as Answer);
        resolve(result as Answer);
      });
    });
  }

  /** What is sent until the caller has to wait leaves in one write. */
  private gather(): void {
    if (this.isGathering) return;
    this.isGathering = true;
    const { stream } = this.connection;
    stream.cork();
    void NEXT.then(() => {
      this.isGathering = false;
      stream.uncork();
    });
  }

  /**
   * The limits are set with `begin`, which costs no round trip. A session of our own keeps them, and they are set again
   * only for other work; a pooler assigns another session with each transaction, and drops the parameters of a
   * connection, so that there they are set for the transaction. The first time, the session is identified along the
   * way.
   */
  private beginWithLimits({ begin, first }: { begin: string; first: string | null }, limits: Limits): string {
    this.proposedLimits = null;
    const isSet = this.hasLimits(limits);
    if (!isSet && this.hasOwnSession === true) this.proposedLimits = limits;
    const settings = isSet ? null : settingsOf(limits, this.hasOwnSession === true ? 'session' : 'local');
    const identification = this.hasOwnSession === null ? WHOSE_SESSION : null;
    return [begin, settings, first, identification].filter((part) => part !== null).join('; ');
  }

  /** Outside of a transaction, for work with longer limits than those that the session has. */
  private allowTimeFor(limits: Limits): void {
    if (this.sessionLimits === null || limits.statementMs <= this.sessionLimits.statementMs) return;
    if (this.getTransactionStatus() !== 'I') return;
    // Sent before the statement. A connection that is lost meanwhile loses the statement too.
    super.query(settingsOf(limits, 'session'), undefined, () => {});
    this.sessionLimits = limits;
  }

  private confirmSessionLimits(result: Answer): void {
    if (this.getTransactionStatus() !== 'I') return;
    if ([result].flat().at(-1)?.command === 'COMMIT') this.sessionLimits = this.proposedLimits;
    this.proposedLimits = null;
  }

  private detectOwnSession(result: Answer): void {
    const pid = [result].flat().at(-1)?.rows[0]?.pid;
    if (typeof pid === 'number') this.hasOwnSession = pid === this.processID;
  }

  /** A prepared statement lives in a session: behind a pooler, the next transaction would not find it. */
  private named(query: string | QueryConfig): string | QueryConfig {
    if (typeof query === 'string' || query.name === undefined || this.hasOwnSession === true) return query;
    const { name: _, ...rest } = query;
    return rest;
  }

  private explained(error: Error): Error {
    if (error instanceof DatabaseUnavailable) return error;
    const outage = outageOf(error);
    if (isReadOnly(error)) this.closeUnresponsive('it is read-only');
    if (outage !== null) return new DatabaseUnavailable(outage, error);
    return this.isLost ? new DatabaseUnavailable(`the connection was lost: ${error.message}`, error) : error;
  }

  /**
   * Closes this connection, whatever waits on it, and the idle ones of the same pool: they are probably dead as well.
   */
  private closeUnresponsive(reason: string): DatabaseUnavailable {
    const error = new DatabaseUnavailable(reason);
    for (const peer of [...this.group.open]) if (peer === this || peer.isIdle) peer.lose(error);
    return error;
  }

  private get isIdle(): boolean {
    return this.running === 0 && this.getTransactionStatus() === 'I';
  }

  private lose<Reason extends Error>(error: Reason): Reason {
    this.group.open.delete(this);
    this.connection.stream.destroy(error);
    return error;
  }
}

type Scope = 'session' | 'local';

const settings = { session: new Map<Limits, string>(), local: new Map<Limits, string>() };

function settingsOf(limits: Limits, scope: Scope): string {
  const known = settings[scope].get(limits);
  if (known !== undefined) return known;
  const statementMs = limits.statementMs - SERVER_ENDS_EARLIER_MS;
  const text = `set ${scope} statement_timeout = ${statementMs}; set ${scope} lock_timeout = ${limits.lockMs}; set ${scope} idle_in_transaction_session_timeout = ${limits.idleMs}; set ${scope} random_page_cost = ${RANDOM_PAGE_COST}`;
  settings[scope].set(limits, text);
  return text;
}
