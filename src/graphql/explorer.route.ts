/** `/graphiql`, outside production: an explorer that needs no internet. */
import { createHash } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { contentSecurityPolicy } from '../http/security-headers.js';

export const explorerRoute: FastifyPluginAsync = async (app) => {
  // Loaded here only: production never needs its nine megabytes of page.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const page = renderGraphiQL({ title: 'comptoir', endpoint: '/graphql' });
  const helmet = contentSecurityPolicy({
    'script-src': inlineScripts(page).map((script) => `'sha256-${sha256(script)}'`),
    // The editor writes its styles, and carries its fonts and pictures, in the page itself.
    'style-src': ["'unsafe-inline'"],
    'font-src': ['data:'],
    'img-src': ['data:'],
    'worker-src': ['blob:'],
    'connect-src': ["'self'"],
  });
  app.get('/graphiql', { helmet }, (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
};

function inlineScripts(page: string): string[] {
  return Array.from(page.matchAll(/<script[^>]*>(.*?)<\/script>/gs), ([, script = '']) => script);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
