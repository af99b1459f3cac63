/** Tokens for the people of the demo. */
import { signDevelopmentToken } from '../src/platform/auth/development-token.js';

/** The variables of the environment that say how tokens are signed. */
export interface TokenEnvironment {
  AUTH_JWT_SECRET?: string | undefined;
  AUTH_ISSUER?: string | undefined;
  AUTH_AUDIENCE?: string | undefined;
}

/** @returns null where an identity provider signs the tokens, so that we cannot */
export async function demoToken(
  { AUTH_JWT_SECRET, AUTH_ISSUER = '', AUTH_AUDIENCE = '' }: TokenEnvironment,
  subject: string,
  roles: readonly string[] = [],
): Promise<string | null> {
  if (!AUTH_JWT_SECRET) return null;
  return signDevelopmentToken({
    secret: AUTH_JWT_SECRET,
    issuer: AUTH_ISSUER,
    audience: AUTH_AUDIENCE,
    subject,
    roles,
  });
}
