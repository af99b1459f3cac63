/** Clients that leave before they are answered. */
import type { FastifyReply } from 'fastify';

/** Aborted when the connection closes before the answer is sent: nobody waits for it any more. */
export function disconnectSignal({ raw }: FastifyReply): AbortSignal {
  const disconnect = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) disconnect.abort();
  });
  return disconnect.signal;
}
