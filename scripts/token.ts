/** `npm run token -- --sub alice [--role staff]`: prints a bearer token for development. */
import { parseArgs } from 'node:util';
import { demoEnvironment } from '../src/demo/environment.js';
import { demoToken } from '../src/demo/tokens.js';

const { values } = parseArgs({
  options: { sub: { type: 'string' }, role: { type: 'string', multiple: true, default: [] } },
});

if (process.env.NODE_ENV === 'production') {
  fail('Tokens are for development only: in production the identity provider signs them.');
} else if (!values.sub) {
  fail('Say for whom: npm run token -- --sub alice [--role staff]');
} else if (process.env.AUTH_JWKS_URL) {
  fail('AUTH_JWKS_URL is set: only the identity provider can sign tokens that this server takes.');
} else {
  // The demo's defaults, so that it fits a running demo where nothing else is configured.
  console.log(await demoToken({ ...demoEnvironment, ...process.env }, values.sub, values.role));
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
