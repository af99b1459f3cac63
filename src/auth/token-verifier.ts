/** Turns the `Authorization` header into a viewer. */
import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { AuthConfig } from '../config.js';
import type { Clock } from '../shared/clock.js';
import { DomainError } from '../shared/domain-error.js';
import { isPlainText } from '../shared/plain-text.js';
import type { Viewer } from './viewer.js';

// Machines' clocks differ by seconds; a minute forgives that and no more.
const CLOCK_TOLERANCE_SECONDS = 60;
const LONGEST_SUBJECT = 255;

export class TokenVerifier {
  private readonly keyOf: JWTVerifyGetKey;
  private readonly algorithms: string[];

  constructor(
    private readonly config: AuthConfig,
    private readonly clock: Clock,
  ) {
    const { key } = config;
    // Named explicitly: a verifier that takes the token's word for it can be talked into "none", or into
    // using a public key as a shared secret.
    this.algorithms = 'secret' in key ? ['HS256'] : ['RS256', 'PS256', 'ES256', 'EdDSA'];
    this.keyOf = 'secret' in key ? async () => key.secret : createRemoteJWKSet(key.jwksUrl);
  }

  /**
   * @returns null without a header: the caller is anonymous
   * @throws DomainError `UNAUTHENTICATED` for a token that is not good, which never counts as anonymous
   */
  async verify(authorization: string | undefined): Promise<Viewer | null> {
    if (authorization === undefined || authorization === '') return null;
    const token = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw unauthenticated();
    try {
      const { payload } = await jwtVerify(token, this.keyOf, {
        algorithms: this.algorithms,
        issuer: this.config.issuer,
        audience: this.config.audience,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: this.clock.now(),
      });
      return toViewer(payload);
    } catch {
      // Why it failed helps only those who forge tokens.
      throw unauthenticated();
    }
  }
}

function toViewer({ sub, roles }: JWTPayload): Viewer {
  if (!sub || sub.length > LONGEST_SUBJECT || !isPlainText(sub)) throw unauthenticated();
  return { id: sub, isStaff: Array.isArray(roles) && roles.includes('staff') };
}

function unauthenticated(): DomainError {
  return new DomainError('UNAUTHENTICATED', 'The bearer token is missing, expired or not valid: sign in again.');
}
