/** The database does not respond: an error after which callers may simply try again. */
import { DomainError } from '../kernel/domain-error.js';

const CODE = 'DATABASE_UNAVAILABLE';
// A database that is restarted, or whose standby takes over, is back within seconds.
const RETRY_AFTER_SECONDS = 2;

// SQLSTATE classes of connections, resources, the system, and operators who stop the server.
const OUTAGES = /^(?:08|53|57P|58)/;
const LOCK_TIMEOUT = '55P03';
const REASONS: Record<string, string> = {
  '25006': 'it is read-only: a standby',
  '25P03': 'a transaction lay idle for too long',
  '25P04': 'a transaction took too long',
  [LOCK_TIMEOUT]: 'another transaction holds a lock',
  '57014': 'a statement took too long',
};

export class DatabaseUnavailable extends DomainError {
  /** @param reason for the log: the caller always gets the same message */
  constructor(
    readonly reason: string,
    override readonly cause?: unknown,
  ) {
    super(CODE, 'The database does not respond right now: try again in a few seconds.', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
}

/** Null for any other error; the ORM wraps what the driver throws. */
export function databaseUnavailable(error: unknown): DatabaseUnavailable | null {
  if (error instanceof DatabaseUnavailable) return error;
  if (!(error instanceof Error)) return null;
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  return code === CODE ? new DatabaseUnavailable(String(reason), error) : null;
}

/** Why the server failed, where a later attempt may succeed; null where the statement was at fault. */
export function outageOf(error: Error): string | null {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  if (typeof code !== 'string' || typeof severity !== 'string') return null;
  if (code in REASONS) return `${REASONS[code]} (${code})`;
  return OUTAGES.test(code) || severity === 'FATAL' || severity === 'PANIC' ? `PostgreSQL error ${code}` : null;
}

/** A read-only server is the wrong one: connections to it are not kept. */
export function isReadOnly(error: Error): boolean {
  return (error as { code?: unknown }).code === '25006';
}

/** Whether something was locked for too long: the database itself is well. */
export function isLockTimeout(error: unknown): boolean {
  return databaseUnavailable(error)?.reason.includes(LOCK_TIMEOUT) ?? false;
}
