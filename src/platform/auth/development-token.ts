/** Signs tokens as an identity provider would, for development only. */
import { SignJWT } from 'jose';

export interface DevelopmentTokenOptions {
  secret: string;
  issuer: string;
  audience: string;
  /** The buyer. */
  subject: string;
  /** Such as `staff`. */
  roles: readonly string[];
  /** How long it is good for, such as `2h`; 30 days by default: long enough not to get in the way of a developer. */
  lifetime?: string;
}

/** A bearer token. */
export async function signDevelopmentToken(options: DevelopmentTokenOptions): Promise<string> {
  return new SignJWT(options.roles.length > 0 ? { roles: [...options.roles] } : {})
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(options.subject)
    .setIssuer(options.issuer)
    .setAudience(options.audience)
    .setIssuedAt()
    .setExpirationTime(options.lifetime ?? '30d')
    .sign(new TextEncoder().encode(options.secret));
}
