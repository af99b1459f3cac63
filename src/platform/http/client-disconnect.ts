/** Clients that disconnect before the response is sent. */
import type { FastifyReply } from 'fastify';

/** Aborted when the connection closes before the response is sent. */
export function disconnectSignal({ raw }: FastifyReply): AbortSignal {
  const disconnect = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) disconnect.abort();
  });
  return disconnect.signal;
}
