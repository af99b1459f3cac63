/** `npm run token -- --sub alice [--role staff]`: prints a bearer token for development. */
import { parseArgs } from 'node:util';
import { demoEnvironment, withoutBlanks } from '../src/demo/environment.js';
import { demoToken } from '../src/demo/tokens.js';

try {
  console.log(await createToken());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function createToken(): Promise<string> {
  const { values } = parseArgs({
    options: { sub: { type: 'string' }, role: { type: 'string', multiple: true, default: [] } },
  });
  if (process.env.NODE_ENV === 'production') {
    throw new Error('Tokens are for development only: in production the identity provider signs them.');
  }
  if (!values.sub) throw new Error('Say for whom: npm run token -- --sub alice [--role staff]');
  if (process.env.AUTH_JWKS_URL) {
    throw new Error('AUTH_JWKS_URL is set: only the identity provider can sign tokens that this server takes.');
  }
  // The demo's defaults, so that it fits a running demo where nothing else is configured.
  const token = await demoToken({ ...demoEnvironment, ...withoutBlanks(process.env) }, values.sub, values.role);
  if (token === null) throw new Error('AUTH_JWT_SECRET is missing.');
  return token;
}
