/** What the log says of an error: enough to find the cause, nothing that a buyer typed. */
import { DriverException } from '@mikro-orm/core';

/**
 * An error without what it may repeat. A database error's message holds the whole statement with its
 * values, hence names and addresses: its code and constraint tell as much. Causes are left out, since a
 * payment provider's error holds the request with its headers.
 */
export function serializeError(error: Error): { type: string; message: string; stack: string } {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { type: error.name, message: safeMessage(error), stack: frames.join('\n') };
}

function safeMessage(error: Error): string {
  if (!(error instanceof DriverException)) return error.message;
  const { code, constraint } = error as { code?: string; constraint?: string };
  return `PostgreSQL error ${code ?? 'without a code'}${constraint ? ` on ${constraint}` : ''}`;
}
