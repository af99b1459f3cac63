/** Clients that leave before they are answered. */
import type { FastifyReply } from 'fastify';

/** Aborted when the connection closes before the answer is sent: nobody waits for it any more. */
export function departureOf({ raw }: FastifyReply): AbortSignal {
  const departure = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) departure.abort();
  });
  return departure.signal;
}
