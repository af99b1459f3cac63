/** The identity provider's keys: fetched when needed, kept while its server is down. */
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';

// How long a key that the provider has withdrawn may still be accepted.
const REFRESH_AFTER_MS = 10 * 60_000;
// Anybody can send tokens that name unknown keys: they must not become as many requests to the provider.
const COOL_DOWN_MS = 30_000;
// Until the first keys are there nobody can sign in, so fetching is retried sooner.
const FIRST_COOL_DOWN_MS = 5_000;
// Requests wait for it, and clients time out after some seconds themselves.
const TIMEOUT_MS = 3_000;

/**
 * jose fetches and selects keys; when, is decided here. By default it drops its keys after a while even if it
 * cannot get new ones, so that nobody could sign in while the provider is down, and it calls a failing server
 * again for every token that names an unknown key.
 */
export class KeySet {
  private readonly remote: ReturnType<typeof createRemoteJWKSet>;
  private fetches = 0;
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private attemptedAt = Number.NEGATIVE_INFINITY;
  private hasFailed = false;
  private fetching: Promise<void> | null = null;

  constructor(
    url: URL,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    const never = Number.POSITIVE_INFINITY;
    this.remote = createRemoteJWKSet(url, {
      cacheMaxAge: never,
      cooldownDuration: never,
      timeoutDuration: TIMEOUT_MS,
    });
  }

  /** The key that a token names, as jose's `jwtVerify` asks for it. */
  readonly keyOf: JWTVerifyGetKey = async (header, token) => {
    await this.keepFresh();
    // Asked without keys, jose would fetch them whatever the cool-down.
    if (!this.isFilled) throw new errors.JWKSNoMatchingKey();
    try {
      return await this.remote(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // The provider may have a new key.
      await this.fetchUnlessJustTried();
      return this.remote(header, token);
    }
  };

  /** Changes whenever the keys may have: what was verified with other keys has to be verified again. */
  async version(): Promise<number> {
    await this.keepFresh();
    return this.fetches;
  }

  private get isFilled(): boolean {
    return this.remote.jwks() !== undefined;
  }

  private get ageMs(): number {
    return this.clock.now().getTime() - this.fetchedAt;
  }

  private async keepFresh(): Promise<void> {
    if (this.isFilled && this.ageMs < REFRESH_AFTER_MS) return;
    const fetched = this.fetchUnlessJustTried();
    // While the provider is down, tokens signed with known keys do not wait for its server to time out.
    if (!this.isFilled || !this.hasFailed) await fetched;
  }

  /** Never rejects: what could not be fetched is in the log. */
  private fetchUnlessJustTried(): Promise<void> {
    if (this.fetching === null) {
      const coolDownMs = this.isFilled ? COOL_DOWN_MS : FIRST_COOL_DOWN_MS;
      if (this.clock.now().getTime() - this.attemptedAt < coolDownMs) return Promise.resolve();
      this.fetching = this.fetch().finally(() => {
        this.fetching = null;
      });
    }
    return this.fetching;
  }

  private async fetch(): Promise<void> {
    this.attemptedAt = this.clock.now().getTime();
    try {
      await this.remote.reload();
      this.fetchedAt = this.attemptedAt;
      this.fetches += 1;
      this.hasFailed = false;
    } catch (error) {
      this.hasFailed = true;
      const consequence = this.isFilled ? 'known keys stay in use' : 'nobody can sign in';
      this.logger.error({ err: error, consequence }, 'The keys of the identity provider could not be fetched');
    }
  }
}
