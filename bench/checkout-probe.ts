/** Buyers beside what a benchmark measures: how long their checkouts take meanwhile. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { checkoutRequest } from '../demo/request.js';
import { signDevelopmentToken } from '../src/platform/auth/development-token.js';
import { benchEnvironment } from './sides.js';

const PROBE_EVERY_MS = 2_000;

/** A buyer every two seconds, each from an address of their own, who must not notice the backlog. */
export class CheckoutProbe {
  private readonly tookMs: number[] = [];
  private readonly ending = new AbortController();
  private failed = 0;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly url: string) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
    const sorted = this.tookMs.toSorted((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
    const times = `median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`;
    console.log(`  ${sorted.length} checkouts beside it: ${times}, ${this.failed} failed`);
  }

  private async run(): Promise<void> {
    while (!this.ending.signal.aborted) {
      await this.checkOut();
      await pause(PROBE_EVERY_MS, undefined, { signal: this.ending.signal }).catch(() => {});
    }
  }

  private async checkOut(): Promise<void> {
    const token = await signDevelopmentToken({
      secret: benchEnvironment.AUTH_JWT_SECRET,
      issuer: benchEnvironment.AUTH_ISSUER,
      audience: benchEnvironment.AUTH_AUDIENCE,
      subject: `prober-${randomUUID()}`,
      roles: [],
    });
    const startedAt = performance.now();
    const answer = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        'x-forwarded-for': `10.${this.tookMs.length % 250}.${Math.floor(this.tookMs.length / 250)}.1`,
      },
      body: JSON.stringify(checkoutRequest('http://localhost:3000')),
    });
    const { errors } = (await answer.json()) as { errors?: unknown };
    if (errors) this.failed += 1;
    this.tookMs.push(performance.now() - startedAt);
  }
}
