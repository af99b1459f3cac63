/** Describes errors for the log and the database: enough to find the cause, nothing that a buyer typed. */
import { DriverException, ValidationError } from '@mikro-orm/core';
import { redact } from '../kernel/redaction.js';
import { databaseUnavailable } from './unavailable.js';

// Some messages quote their input, which may be a megabyte.
const MAX_MESSAGE_LENGTH = 300;

/**
 * Some errors quote the values that they are about, such as names and addresses: of those, only
 * the cause is kept.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is not an error was thrown';
  const unavailable = outage(error);
  if (unavailable !== null) return unavailable;
  return databaseProblem(error) ?? providerProblem(error) ?? problemOfValue(error) ?? redact(firstLine(error.message));
}

/** The log's serializer for errors. Causes are left out: those of Stripe's errors hold the request with its headers. */
export function serializeError(error: Error): { type: string; message: string; stack: string } {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { type: error.name, message: describeError(error), stack: frames.join('\n') };
}

/** The reason is for the log; callers get a general message. */
function outage(error: Error): string | null {
  const unavailable = databaseUnavailable(error);
  return unavailable && `the database is unavailable: ${redact(firstLine(unavailable.reason))}`;
}

/**
 * The ORM's errors hold the statement with its values, the driver's the invalid value; jobs and prepared
 * statements get the latter.
 */
function databaseProblem(error: Error): string | null {
  const { code, constraint, severity } = error as { code?: unknown; constraint?: unknown; severity?: unknown };
  if (!(error instanceof DriverException) && typeof severity !== 'string') return null;
  return `PostgreSQL error ${code ?? 'without a code'}${constraint ? ` on ${constraint}` : ''}`;
}

/** Stripe's messages quote the rejected value. */
function providerProblem(error: Error): string | null {
  const { type, code } = error as { type?: unknown; code?: unknown };
  if (typeof type !== 'string' || !type.startsWith('Stripe')) return null;
  return `${type}${typeof code === 'string' ? ` ${code}` : ''}`;
}

/** `JSON.parse` quotes the text, the ORM dumps the entity. */
function problemOfValue(error: Error): string | null {
  if (error instanceof SyntaxError) return 'a text could not be parsed';
  if (!(error instanceof ValidationError)) return null;
  const [property = 'an entity'] = /\b[A-Z]\w*\.\w+/.exec(error.message) ?? [];
  return `a value does not fit ${property}`;
}

/** The further lines are a dump. */
function firstLine(message: string): string {
  return (message.split('\n', 1)[0] ?? '').slice(0, MAX_MESSAGE_LENGTH);
}
