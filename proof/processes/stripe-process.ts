/** The Stripe simulator as a process of its own, with its controls and the SDK. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import type { ChaosPlan } from '@comptoir/stripe-simulator';
import Stripe from 'stripe';
import { comesTrue } from './waiting.js';

const READY_WITHIN_MS = 20_000;
// Chaos hits our own calls as well, and Stripe is away for ten seconds at most.
const RETRIES = 3;
const RESPONSE_TIMEOUT_MS = 45_000;

export interface DeliveryRecord {
  eventId: string;
  eventType: string;
  state: string;
  copies: number;
  attempts: { status: number | null }[];
}

interface StripeProcessOptions {
  port: number;
  webhooks: readonly string[];
  webhookSecret: string;
  secretKey: string;
  seed: number;
  logFile: string;
}

export class StripeProcess {
  readonly sdk: Stripe;

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    { port, secretKey }: StripeProcessOptions,
  ) {
    this.sdk = new Stripe(secretKey, { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: RETRIES });
  }

  static async start(options: StripeProcessOptions): Promise<StripeProcess> {
    const { port, webhooks, webhookSecret, seed, logFile } = options;
    const log = fs.openSync(logFile, 'a');
    const parameters = [
      ...['--conditions=comptoir-source', '--import', 'tsx', 'packages/stripe-simulator/bin/stripe-simulator.js'],
      ...['--port', String(port), '--webhook-secret', webhookSecret, '--seed', String(seed)],
      ...webhooks.flatMap((url) => ['--webhook', url]),
    ];
    const child = spawn(process.execPath, parameters, { stdio: ['ignore', log, log] });
    fs.closeSync(log);
    const stripe = new StripeProcess(child, `http://127.0.0.1:${port}`, options);
    const isReady = await comesTrue(READY_WITHIN_MS, async () => (await stripe.control('GET', '/health')) !== null);
    if (!isReady) throw new Error(`The Stripe simulator did not start: ${fs.readFileSync(logFile, 'utf8')}`);
    return stripe;
  }

  /** What the SDK is asked, again until it is answered. */
  async ask<Answer>(work: (sdk: Stripe) => Promise<Answer>): Promise<Answer> {
    const deadline = Date.now() + RESPONSE_TIMEOUT_MS;
    for (;;) {
      try {
        return await work(this.sdk);
      } catch (error) {
        if (!(error instanceof Stripe.errors.StripeError) || Date.now() > deadline) throw error;
      }
    }
  }

  async setChaos(plan: ChaosPlan): Promise<void> {
    await this.control('PUT', '/chaos', plan);
  }

  async deliveries(): Promise<DeliveryRecord[]> {
    return (await this.control<{ deliveries: DeliveryRecord[] }>('GET', '/deliveries')).deliveries;
  }

  /** What the dashboard's button does: a refund that we did not order. */
  async refundCharge(chargeId: string, amount: number): Promise<void> {
    await this.control('POST', `/charges/${chargeId}/refund`, { amount });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }

  killNow(): void {
    this.child.kill('SIGKILL');
  }

  private async control<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${this.url}/_simulator${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Answer;
  }
}
