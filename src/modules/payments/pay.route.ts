/** `GET /api/pay/:token`: the link of a fee or a deposit, which leads on to Stripe's page, or says why it does not. */
import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { runAs } from '../../platform/database/workload.js';
import { disconnectSignal } from '../../platform/http/client-disconnect.js';

export const PAY_PATH = '/api/pay';

/** What a person who opens a link gets. */
export type LinkOutcome =
  | { kind: 'redirect'; url: string }
  | { kind: 'paid' | 'held' | 'waived' | 'unknown' | 'unavailable' | 'rejected' };

/** Links of one kind; modules that build on the payments implement it. */
export interface PayLinks {
  /**
   * Opens the page on which the buyer pays, or finds the one that is open.
   *
   * @param address of the link itself, to which Stripe sends the buyer back
   */
  open(em: EntityManager, token: string, address: string): Promise<LinkOutcome>;
}

export interface PayRouteOptions {
  /** Asked one after another, until one knows the token. */
  links: readonly PayLinks[];
  forkEntityManager: () => EntityManager;
}

type Page = Exclude<LinkOutcome['kind'], 'redirect'>;

/** In French, which the shop's buyers speak, and in English. */
const PAGES: Readonly<Record<Page, { status: number; french: string; english: string }>> = {
  paid: { status: 200, french: 'C’est payé. Merci !', english: 'It is paid. Thank you.' },
  held: { status: 200, french: 'La caution est enregistrée. Merci !', english: 'The deposit is held. Thank you.' },
  waived: { status: 200, french: 'Il n’y a plus rien à payer.', english: 'There is nothing left to pay.' },
  unknown: { status: 404, french: 'Ce lien n’est pas valable.', english: 'This link is not valid.' },
  unavailable: {
    status: 503,
    french: 'Le paiement n’est pas possible pour l’instant. Réessayez dans quelques minutes.',
    english: 'Paying is not possible at the moment. Try again in a few minutes.',
  },
  rejected: {
    status: 502,
    french: 'Le paiement n’a pas pu être ouvert. Réessayez, ou appelez-nous.',
    english: 'The payment could not be opened. Try again, or call us.',
  },
};

const STYLE =
  ':root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;margin:18vh auto;max-width:32rem;padding:0 1.5rem;text-align:center}h1{font-size:1.6rem;line-height:1.3}p{opacity:.75}';
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'`;

const TOKEN = /^[\w-]{43}$/;
const UNKNOWN = { kind: 'unknown' } as const;

interface PayAddress {
  Params: { token: string };
}

export const payRoute: FastifyPluginAsync<PayRouteOptions> = async (app, options) => {
  app.get<PayAddress>(`${PAY_PATH}/:token`, (request, reply) =>
    runAs('request', () => open(request, reply, options), disconnectSignal(reply)),
  );
};

async function open(
  request: FastifyRequest<PayAddress>,
  reply: FastifyReply,
  options: PayRouteOptions,
): Promise<FastifyReply> {
  const { token } = request.params;
  const address = `${request.protocol}://${request.host}${PAY_PATH}/${token}`;
  const outcome = TOKEN.test(token) ? await firstKnown(options, token, address) : UNKNOWN;
  // The address is all that is needed to pay.
  void reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer');
  if (outcome.kind === 'redirect') return reply.redirect(outcome.url, 303);
  const { status, french, english } = PAGES[outcome.kind];
  return reply
    .code(status)
    .header('content-security-policy', POLICY)
    .type('text/html; charset=utf-8')
    .send(pageOf(french, english));
}

async function firstKnown(
  { links, forkEntityManager }: PayRouteOptions,
  token: string,
  address: string,
): Promise<LinkOutcome> {
  for (const ofKind of links) {
    const outcome = await ofKind.open(forkEntityManager(), token, address);
    if (outcome.kind !== 'unknown') return outcome;
  }
  return UNKNOWN;
}

function pageOf(french: string, english: string): string {
  return `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${french}</title><style>${STYLE}</style>
</head>
<body><main><h1>${french}</h1><p lang="en">${english}</p></main></body>
</html>
`;
}
