/** Pages of the demo that a shop would have: where the buyer comes back to after paying, and where they turn back to. */
import { createHash } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { contentSecurityPolicy } from '../src/platform/http/security-headers.js';

const ORDER_QUERY = `query Return($sessionId: ID!) {
  orderBySession(sessionId: $sessionId) { number status total { formatted } lines { name quantity amount { formatted } } }
}`;
/** The payment is not known yet, or its money comes later. */
const WAITING = ['PENDING', 'PROCESSING'];

const STYLE = `
  :root { color-scheme: light dark; }
  body { margin: 0; font: 1.0625rem/1.5 system-ui, sans-serif; background: light-dark(#f4f5f7, #14161a); color: light-dark(#1c1f26, #eceef2); }
  main { max-width: 34rem; margin: 12vh auto 3rem; padding: 2rem; background: light-dark(#fff, #1f232b); border-radius: 1rem; box-shadow: 0 1px 3px #0003; }
  h1 { margin: 0 0 .5rem; font-size: 1.625rem; line-height: 1.25; }
  .status { display: inline-block; padding: .125rem .75rem; border-radius: 1rem; font-weight: 600; background: light-dark(#e4e7ec, #343a46); }
  .PAID { background: light-dark(#d6f3df, #17472a); }
  table { width: 100%; margin-top: 1.5rem; border-collapse: collapse; }
  th, td { padding: .5rem 0; text-align: start; border-bottom: 1px solid light-dark(#e0e3e8, #3a404c); font-weight: normal; }
  td:last-child, tfoot td { text-align: end; }
  tfoot th, tfoot td { font-weight: 600; border: 0; }
  p.quiet { margin: 1.5rem 0 0; color: light-dark(#565d6b, #a9b0bd); font-size: .9375rem; }
  a { color: light-dark(#1d4fd7, #8fb0ff); }
`;

interface Order {
  number: string | null;
  status: string;
  total: { formatted: string };
  lines: { name: string; quantity: number; amount: { formatted: string } }[];
}

export interface DemoPagesOptions {
  /** Of a member of staff, since the pages do not know whose order it is; null where nobody here can sign one. */
  token: string | null;
}

/** In the demo alone: anybody with a session's id sees its order, which a shop's own page shows to its buyer only. */
export const demoPagesRoute: FastifyPluginAsync<DemoPagesOptions> = async (app, { token }) => {
  const policy = contentSecurityPolicy({
    'style-src': [`'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`],
  });

  app.addHook('onRequest', async (_request, reply) => {
    reply.header('content-security-policy', policy);
  });

  app.get<{ Querystring: { session_id?: string } }>('/success', async (request, reply) => {
    const order = await orderOf(request.query.session_id ?? '');
    return reply.type('text/html; charset=utf-8').send(order === null ? unknownPage() : orderPage(order));
  });

  app.get('/cart', (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .send(page('Back in the shop', '<p>Nothing was paid. The goods stay held until the payment page expires.</p>')),
  );

  /** Through the public API, as a shop's page would ask. */
  async function orderOf(sessionId: string): Promise<Order | null> {
    if (token === null || sessionId === '') return null;
    const response = await app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization: `Bearer ${token}` },
      payload: { query: ORDER_QUERY, variables: { sessionId } },
    });
    return response.json<{ data?: { orderBySession: Order | null } | null }>().data?.orderBySession ?? null;
  }
};

function orderPage({ number, status, total, lines }: Order): string {
  const isWaiting = WAITING.includes(status);
  const rows = lines.map(
    ({ name, quantity, amount }) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td>${quantity} ×</td><td>${escapeHtml(amount.formatted)}</td></tr>`,
  );
  return page(
    isWaiting ? 'Thank you. Your payment is being confirmed.' : `Order ${escapeHtml(number ?? '')}`.trim(),
    `<p role="status">Status: <span class="status ${escapeHtml(status)}">${escapeHtml(status)}</span></p>
<table><caption hidden>What was ordered</caption><tbody>${rows.join('')}</tbody>
<tfoot><tr><th scope="row" colspan="2">Total</th><td>${escapeHtml(total.formatted)}</td></tr></tfoot></table>`,
    isWaiting ? '<meta http-equiv="refresh" content="2">' : '',
  );
}

function unknownPage(): string {
  return page('Back in the shop', '<p>No order belongs to this address. Was it opened without paying first?</p>');
}

function page(title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}
<title>${title}</title><style>${STYLE}</style></head>
<body><main><h1>${title}</h1>
${body}
<p class="quiet">This page stands in for the shop’s own. It read the order by its session:
<code>orderBySession</code>, which you can try in the <a href="/graphiql">explorer</a>.</p></main></body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
