/** Checks the API key of a request as Stripe does, and keeps live keys out. */
import type { IncomingHttpHeaders } from 'node:http';
import { invalidApiKey, publishableKey } from './errors.js';

/**
 * Throws a 401, or a 403 for a publishable key, unless the request carries an accepted key, as a bearer token or as the user name of basic
 * authentication. `secretKeys` null accepts any test key.
 */
export function authenticate(headers: IncomingHttpHeaders, secretKeys: readonly string[] | null): void {
  const key = readKey(headers.authorization ?? '');
  if (key === '') {
    throw invalidApiKey(
      'You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth ' +
        "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details.",
    );
  }
  if (/^pk_test_/.test(key)) throw publishableKey();
  if (/^(sk|rk|pk)_live_/.test(key)) {
    throw invalidApiKey('This is the Stripe simulator, and it refuses live keys: use a test key such as sk_test_123.');
  }
  const accepted = secretKeys === null ? /^(sk|rk)_test_.+/.test(key) : secretKeys.includes(key);
  if (!accepted) throw invalidApiKey(`Invalid API Key provided: ${redact(key)}`);
}

function readKey(authorization: string): string {
  const [scheme = '', credentials = ''] = authorization.trim().split(/\s+/, 2);
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return '';
  const [user = ''] = Buffer.from(credentials, 'base64').toString('utf8').split(':', 1);
  return user;
}

/** As in Stripe's message: enough to recognise the key, too little to use it. */
function redact(key: string): string {
  return key.length <= 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`;
}
