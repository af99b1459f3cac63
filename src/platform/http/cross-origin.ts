/** CORS: which origins may call the API from a browser. */
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

// As long as browsers cache a preflight response at most, so that not every request is sent twice.
const REMEMBERED_SECONDS = 600;

/**
 * For the routes of this instance only: no page calls the webhook. Credentials are not allowed,
 * since there are none that a browser would add by itself: a token is put into its header by the page that has it.
 */
export async function allowOrigins(app: FastifyInstance, origins: (string | RegExp)[]): Promise<void> {
  await app.register(cors, {
    origin: origins,
    credentials: false,
    methods: ['GET', 'POST'],
    exposedHeaders: ['x-request-id', 'retry-after'],
    maxAge: REMEMBERED_SECONDS,
  });
}
