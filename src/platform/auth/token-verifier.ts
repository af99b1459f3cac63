/** Turns the `Authorization` header into a viewer. */
import { errors, type JWTClaimVerificationOptions, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../kernel/clock.js';
import { DomainError } from '../kernel/domain-error.js';
import type { Logger } from '../kernel/logger.js';
import { isPlainText } from '../kernel/plain-text.js';
import { KeySet } from './key-set.js';
import { SharedSecret } from './shared-secret.js';
import type { Viewer } from './viewer.js';

export interface AuthConfig {
  /** What tokens are verified with: a shared HS256 secret, or the identity provider's key set. */
  key: { secret: Uint8Array } | { jwksUrl: URL };
  issuer: string;
  audience: string;
}

// Machines' clocks differ by seconds; a minute tolerates that and no more.
const CLOCK_TOLERANCE_SECONDS = 60;
// Named explicitly: a verifier that trusts the token's header can be made to accept "none", or to use a public key as
// a shared secret.
const KEY_SET_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const MAX_SUBJECT_LENGTH = 255;
// Far more than identity providers put into a token, and little enough to be parsed for anybody.
const MAX_TOKEN_LENGTH = 8_192;

// Half a kilobyte each: ten megabytes, where so many buyers come within the life of their tokens.
const MAX_REMEMBERED = 20_000;

interface VerifiedToken {
  viewer: Viewer;
  /** In milliseconds since 1970, with the tolerance. */
  expiresAt: number;
  /** Of the keys it was verified with. */
  keysVersion: number;
}

/** What a 401 says in its header `WWW-Authenticate`, by RFC 6750. */
export const BEARER_CHALLENGE = 'Bearer realm="comptoir", error="invalid_token"';

export class TokenVerifier {
  private readonly keys: SharedSecret | KeySet;
  /** By the whole text of the token: a signature that was valid once is valid until the token expires. */
  private readonly verified = new LRUCache<string, VerifiedToken>({ max: MAX_REMEMBERED });

  constructor(
    private readonly config: AuthConfig,
    private readonly clock: Clock,
    logger: Logger,
  ) {
    const { key } = config;
    this.keys = 'secret' in key ? new SharedSecret(key.secret) : new KeySet(key.jwksUrl, clock, logger);
  }

  /**
   * @param authorizations every `Authorization` header of the request
   * @param log of the request: the reason for rejecting a token is logged, and not in the response
   * @returns null without a header: the caller is anonymous
   * @throws DomainError `UNAUTHENTICATED` for an invalid token, which never counts as anonymous
   */
  async verify(authorizations: readonly string[], log: Logger): Promise<Viewer | null> {
    const [authorization, ...others] = authorizations;
    if (authorization === undefined) return null;
    // With two, a proxy in front may have checked the one, and we would accept the other.
    if (others.length > 0) throw rejected(log, 'several Authorization headers');
    const token = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw rejected(log, 'not a bearer token');
    if (token.length > MAX_TOKEN_LENGTH) throw rejected(log, 'longer than any token');
    const known = this.verified.get(token);
    const keysVersion = this.keys instanceof KeySet ? await this.keys.version() : 0;
    if (known?.keysVersion === keysVersion && this.clock.now().getTime() < known.expiresAt) return known.viewer;
    const payload = await this.verifiedPayload(token, log);
    const viewer = toViewer(payload);
    if (viewer === null) throw rejected(log, 'no usable subject');
    const expiresAt = (Number(payload.exp) + CLOCK_TOLERANCE_SECONDS) * 1_000;
    this.verified.set(token, { viewer, expiresAt, keysVersion });
    return viewer;
  }

  private async verifiedPayload(token: string, log: Logger): Promise<JWTPayload> {
    const claims: JWTClaimVerificationOptions = {
      issuer: this.config.issuer,
      audience: this.config.audience,
      requiredClaims: ['sub', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: this.clock.now(),
    };
    try {
      if (this.keys instanceof SharedSecret) return this.keys.verify(token, claims);
      return (await jwtVerify(token, this.keys.keyOf, { ...claims, algorithms: KEY_SET_ALGORITHMS })).payload;
    } catch (error) {
      throw rejected(log, reasonOf(error));
    }
  }
}

function toViewer({ sub, roles }: JWTPayload): Viewer | null {
  // Typed as text, but a token may hold anything.
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT_LENGTH || !isPlainText(sub)) return null;
  return { id: sub, isStaff: Array.isArray(roles) && roles.includes('staff') };
}

/** jose's code and the name of the claim at fault: its messages may quote the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired) {
    return `${error.code} ${error.claim}`;
  }
  return error instanceof errors.JOSEError ? error.code : 'not a token';
}

/** The reason is only for the log: in the response it would help those who forge tokens. */
function rejected(log: Logger, reason: string): DomainError {
  log.info({ reason }, 'Token rejected');
  return new DomainError('UNAUTHENTICATED', 'The bearer token is missing, expired or not valid: sign in again.');
}
