/** `/graphiql`, outside production: an explorer that needs no internet. */
import { createHash } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { contentSecurityPolicy } from '../platform/http/security-headers.js';

/** What the explorer opens with. */
export interface ExplorerExample {
  query: string;
  variables: object;
  headers: Record<string, string>;
}

export interface ExplorerOptions {
  /** Null for the explorer's own text. */
  example: ExplorerExample | null;
}

export const explorerRoute: FastifyPluginAsync<ExplorerOptions> = async (app, { example }) => {
  let rendered: Promise<Explorer> | undefined;
  app.get('/graphiql', async (_request, reply) => {
    rendered ??= renderExplorer(example);
    const { page, policy } = await rendered;
    return reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(page);
  });
};

interface Explorer {
  page: string;
  /** The header `content-security-policy`. */
  policy: string;
}

/** At the first request: its nine megabytes of page take longer than the rest of a start, and often nobody opens it. */
async function renderExplorer(example: ExplorerExample | null): Promise<Explorer> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const page = renderGraphiQL({ title: 'comptoir', endpoint: '/graphql', ...(example && opening(example)) });
  const policy = contentSecurityPolicy({
    'script-src': inlineScripts(page).map((script) => `'sha256-${sha256(script)}'`),
    // The editor writes its styles, and carries its fonts and pictures, in the page itself.
    'style-src': ["'unsafe-inline'"],
    'font-src': ['data:'],
    'img-src': ['data:'],
    'worker-src': ['blob:'],
    'connect-src': ["'self'"],
  });
  return { page, policy };
}

/** Its headers are set each time it is opened and are not stored: a stored token would expire. */
function opening({ query, variables, headers }: ExplorerExample) {
  return {
    query,
    variables: JSON.stringify(variables, null, 2),
    initialHeaders: JSON.stringify(headers, null, 2),
    shouldPersistHeaders: false,
  };
}

function inlineScripts(page: string): string[] {
  return Array.from(page.matchAll(/<script[^>]*>(.*?)<\/script>/gs), ([, script = '']) => script);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
