/** `npm run comptoir -- token --sub alice [--role staff]`: prints a bearer token for development. */
import { demoEnvironment, withoutBlanks } from '../demo/environment.js';
import { demoToken } from '../demo/tokens.js';
import { CommandError, readArguments, runProgram, UsageError } from './program.js';

const USAGE = 'Usage: npm run comptoir -- token --sub alice [--role staff]';

await runProgram(async () => {
  const { sub, role } = readArguments(USAGE, {
    sub: { type: 'string' },
    role: { type: 'string', multiple: true, default: [] },
  }).values;
  if (!sub) throw new UsageError(`Name the subject with --sub. ${USAGE}`);
  console.log(await createToken(sub, role));
});

async function createToken(subject: string, roles: readonly string[]): Promise<string> {
  if (process.env.NODE_ENV === 'production') {
    throw new CommandError('Tokens are for development only: in production the identity provider signs them.');
  }
  if (process.env.AUTH_JWKS_URL) {
    throw new CommandError('AUTH_JWKS_URL is set: only the identity provider can sign tokens that this server takes.');
  }
  // The demo's defaults, so that it fits a running demo where nothing else is configured.
  const token = await demoToken({ ...demoEnvironment, ...withoutBlanks(process.env) }, subject, roles);
  if (token === null) throw new CommandError('AUTH_JWT_SECRET is missing.');
  return token;
}
