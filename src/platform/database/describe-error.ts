/** Errors in words that can be logged and stored: enough to find the cause, nothing that a buyer typed. */
import { DriverException, ValidationError } from '@mikro-orm/core';
import { redact } from '../kernel/redaction.js';
import { databaseUnavailable } from './unavailable.js';

// Some messages quote what they were given, of which there may be a megabyte.
const MAX_MESSAGE_LENGTH = 300;

/**
 * What went wrong. Some errors quote the values that they are about, names and addresses among them: of those, only
 * what tells the cause is kept.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is not an error was thrown';
  const unavailable = outage(error);
  if (unavailable !== null) return unavailable;
  return databaseProblem(error) ?? providerProblem(error) ?? problemOfValue(error) ?? redact(firstLine(error.message));
}

/** The log's serializer for errors. Causes are left out: a payment provider's holds the request with its headers. */
export function serializeError(error: Error): { type: string; message: string; stack: string } {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { type: error.name, message: describeError(error), stack: frames.join('\n') };
}

/** Callers are told that it is so, the log why. */
function outage(error: Error): string | null {
  const unavailable = databaseUnavailable(error);
  return unavailable && `the database is unavailable: ${redact(firstLine(unavailable.reason))}`;
}

/**
 * The ORM's errors hold the statement with its values, the driver's the value that does not fit; jobs and prepared
 * statements meet the latter.
 */
function databaseProblem(error: Error): string | null {
  const { code, constraint, severity } = error as { code?: unknown; constraint?: unknown; severity?: unknown };
  if (!(error instanceof DriverException) && typeof severity !== 'string') return null;
  return `PostgreSQL error ${code ?? 'without a code'}${constraint ? ` on ${constraint}` : ''}`;
}

/** Stripe repeats what it did not like. */
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

/** What follows is a dump of something. */
function firstLine(message: string): string {
  return (message.split('\n', 1)[0] ?? '').slice(0, MAX_MESSAGE_LENGTH);
}
