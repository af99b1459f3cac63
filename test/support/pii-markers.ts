/**
 * Values that must show up in no log line and no error: every test uses them as its customer and its secrets, all that
 * the API logs and every error that it answers is searched for them, and a hit fails the run.
 */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';
import type { FastifyInstance } from 'fastify';

/** The customer of all checkouts. */
export const plantedCustomer = {
  firstName: 'Plantedfirst',
  lastName: 'Plantedlast',
  email: 'planted.mail@planted-mail.example',
  phone: '+33 6 98 41 73 52 90 48',
  address: '17 rue Plantedstreet',
  city: 'Plantedcity',
  postalCode: 'PL-90417',
  country: 'France',
};

/** The secrets of all test apps. */
export const plantedSecrets = {
  STRIPE_SECRET_KEY: 'sk_test_0123456789',
  STRIPE_WEBHOOK_SECRET: 'whsec_test_0123456789',
  // Long enough for every HMAC algorithm, so that a token is rejected for its algorithm and not for the key.
  AUTH_JWT_SECRET: 'a-secret-for-tests-that-is-long-enough-for-hs512-too-which-needs-64-bytes',
};

/** What of each value is looked for: the part that no escaping changes. */
const piiMarkers: Readonly<Record<string, RegExp>> = {
  'secret key': /sk_test_0123456789/,
  'webhook secret': /whsec_test_0123456789/,
  'token secret': /a-secret-for-tests-that-is-long-enough/,
  token: /eyJ[\w-]{8,}\.[\w-]{8,}/,
  signature: /\bv1=[0-9a-f]{16,}/,
  'first name': /Plantedfirst/i,
  'last name': /Plantedlast/i,
  'e-mail address': /planted[.-]mail/i,
  // Long enough not to be met by chance, in a time or an id.
  phone: /98[ ._+-]?(?:%20)?41[ ._+-]?(?:%20)?73[ ._+-]?(?:%20)?52[ ._+-]?(?:%20)?90/,
  address: /Plantedstreet/i,
  city: /Plantedcity/i,
  'postal code': /PL-90417/i,
  'card number': /4242[ -]?4242[ -]?4242[ -]?4242/,
  iban: /AT[68]1904300\d/,
};

// One search a line, since there are hundreds of thousands of them; which one it was is asked of hits alone.
const any = new RegExp(
  Object.values(piiMarkers)
    .map(({ source }) => source)
    .join('|'),
  'i',
);

/** The names of what leaks; empty where nothing does. */
export function piiMarkersIn(text: string): string[] {
  if (!any.test(text)) return [];
  return Object.keys(piiMarkers).filter((name) => piiMarkers[name]?.test(text));
}

/** Writes a leak down where the end of the run finds it. */
export function watch(where: string, text: string): void {
  const directory = process.env.TEST_RUN_DIRECTORY;
  if (!directory || !any.test(text)) return;
  for (const what of piiMarkersIn(text)) {
    const { testPath, currentTestName } = expect.getState();
    appendFileSync(
      path.join(directory, 'leaks.txt'),
      `${what} in ${where} of ${testPath}, ${currentTestName ?? 'outside a test'}: ${text.trim().slice(0, 2_000)}\n`,
    );
  }
}

/** Where the log of a test app goes: kept for the test, and watched. */
export function watchedLog(lines: string[]): { write(line: string): void } {
  return {
    write(line) {
      lines.push(line);
      watch('the log', line);
    },
  };
}

/** Watches what the app answers, injected or over a socket. To be called before it listens. */
export function watchErrors(app: FastifyInstance): void {
  const inject = app.inject.bind(app) as (options: unknown) => Promise<{ statusCode: number; body: string }>;
  const watched = async (options: unknown) => {
    const response = await inject(options);
    watchResponse(response.statusCode, response.body);
    return response;
  };
  app.inject = watched as unknown as typeof app.inject;
  app.server.prependListener('request', (_request, response) => {
    const end = response.end.bind(response) as (...parameters: unknown[]) => typeof response;
    response.end = ((...parameters: unknown[]) => {
      const [body] = parameters;
      if (typeof body === 'string' || Buffer.isBuffer(body)) watchResponse(response.statusCode, body.toString());
      return end(...parameters);
    }) as typeof response.end;
  });
}

/** Data may hold what belongs to the viewer; errors hold nothing of anybody. */
function watchResponse(status: number, body: string): void {
  if (status >= 400) watch('an error', body);
  else if (body.includes('"errors":'))
    watch('an error', JSON.stringify((JSON.parse(body) as { errors: unknown }).errors));
}
