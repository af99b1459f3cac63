/** Errors in words that can be logged and stored: enough to find the cause, nothing that a buyer typed. */
import { DriverException } from '@mikro-orm/core';

/**
 * What went wrong. A database error's own message holds the whole statement with its values, hence names
 * and addresses: its code and constraint tell as much.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is not an error was thrown';
  if (!(error instanceof DriverException)) return error.message;
  const { code, constraint } = error as { code?: string; constraint?: string };
  return `PostgreSQL error ${code ?? 'without a code'}${constraint ? ` on ${constraint}` : ''}`;
}

/** The log's serializer for errors. Causes are left out: a payment provider's holds the request with its headers. */
export function serializeError(error: Error): { type: string; message: string; stack: string } {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { type: error.name, message: describeError(error), stack: frames.join('\n') };
}
