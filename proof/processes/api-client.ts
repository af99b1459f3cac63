/** A frontend as the contract asks: it repeats the same request with the same key until it gets a response. */
import type { Random } from './random.js';
import { sleep } from './waiting.js';
import type { World } from './world.js';

// Longer than the API may take, so that a silent process is left for the other.
const RESPONSE_TIMEOUT_MS = 12_000;
const PAUSE_MS = 250;
// A database that is down and a process that starts, one after the other, take a fraction of it.
const GIVE_UP_AFTER_MS = 120_000;

const CHECKOUT = `mutation Checkout($input: CreateCheckoutSessionInput!) {
  createCheckoutSession(input: $input) { sessionId url order { id status } }
}`;
const CANCEL = 'mutation Cancel($orderId: ID!) { cancelOrder(orderId: $orderId) { id status } }';
const REFUND = 'mutation Refund($input: RefundOrderInput!) { refundOrder(input: $input) { refund { id } } }';
const RETURN_PAGE = 'query Return($sessionId: ID!) { orderBySession(sessionId: $sessionId) { id status } }';

export interface Checkout {
  sessionId: string;
  url: string | null;
  order: { id: string; status: string };
}

export interface CheckoutItem {
  id: number;
  type: 'PRODUCT' | 'EQUIPMENT';
  quantity: number;
  days?: number;
  startDate?: string;
}

export type Answer<Data> = { data: Data } | { code: string };

/** Codes that ask for the same request once more; all others are final. */
const TRY_AGAIN_CODES = ['PAYMENT_PROVIDER_UNAVAILABLE', 'DATABASE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR'];

export interface BasketRequest {
  key: string;
  items: CheckoutItem[];
  replacesOrderId?: string;
}

export class ApiClient {
  private readonly token: Promise<string>;
  /** How often something had to be sent again. */
  repetitions = 0;

  /** @param roles such as `staff`, who are no buyers */
  constructor(
    private readonly world: World,
    readonly buyerId: string,
    private readonly random: Random,
    roles: readonly string[] = [],
  ) {
    this.token = world.token(buyerId, roles);
  }

  async checkout(basket: BasketRequest): Promise<Answer<Checkout>> {
    const answer = await this.untilAnswered<{ createCheckoutSession: Checkout }>(CHECKOUT, this.variablesOf(basket));
    return 'data' in answer ? { data: answer.data.createCheckoutSession } : answer;
  }

  /** Sends the request to one process and goes away before it is answered. */
  async checkoutAndLeave(basket: BasketRequest, afterMs: number): Promise<void> {
    const { url } = this.random.pick(this.world.apis);
    await this.send(url, CHECKOUT, this.variablesOf(basket), afterMs).catch(() => {});
  }

  async cancel(orderId: string): Promise<Answer<{ cancelOrder: { status: string } }>> {
    return this.untilAnswered(CANCEL, { orderId });
  }

  /** What staff ask for. @returns the id of the refund */
  async refund(input: object): Promise<Answer<string>> {
    const answer = await this.untilAnswered<{ refundOrder: { refund: { id: string } } }>(REFUND, { input });
    return 'data' in answer ? { data: answer.data.refundOrder.refund.id } : answer;
  }

  /** @returns the status that the return page shows; null when there is no such order of this buyer's */
  async returnPage(sessionId: string): Promise<string | null> {
    const answer = await this.untilAnswered<{ orderBySession: { status: string } | null }>(RETURN_PAGE, { sessionId });
    if ('code' in answer) throw new Error(`The return page of ${sessionId} answered ${answer.code}.`);
    return answer.data.orderBySession?.status ?? null;
  }

  /** Any other document, as staff send them. */
  ask<Data>(document: string, variables: object): Promise<Answer<Data>> {
    return this.untilAnswered<Data>(document, variables);
  }

  /** A PDF as evidence, as the raw body. @returns the status of the response, for any but 5xx */
  async upload(disputeId: string, field: string, body: Buffer): Promise<number> {
    const path = `/api/disputes/${disputeId}/evidence/${field}`;
    return this.again(async (url) => {
      const response = await fetch(`${url}${path}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/pdf', authorization: `Bearer ${await this.token}` },
        body: new Uint8Array(body),
        signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS),
      });
      await response.text();
      return response.status >= 500 ? null : response.status;
    });
  }

  private variablesOf({ key, items, replacesOrderId = '' }: BasketRequest): object {
    const input = {
      items,
      customerInfo: {
        // Never to be found in a log.
        firstName: 'Geheimnisvoll',
        lastName: 'Verschwiegen',
        email: `verschwiegen+${this.buyerId}@example.com`,
        address: '1 rue du Secret',
        city: 'Paris',
        postalCode: '75001',
        country: 'FR',
      },
      successUrl: 'http://localhost:3000/success?session_id={CHECKOUT_SESSION_ID}',
      cancelUrl: 'http://localhost:3000/cart',
      idempotencyKey: key,
      acceptedTermsVersion: '2027-01',
      ...(replacesOrderId === '' ? {} : { replacesOrderId }),
    };
    return { input };
  }

  private async untilAnswered<Data>(query: string, variables: object): Promise<Answer<Data>> {
    return this.again(async (url) => {
      const answer = await this.send<Data>(url, query, variables, RESPONSE_TIMEOUT_MS);
      return 'code' in answer && TRY_AGAIN_CODES.includes(answer.code) ? null : answer;
    });
  }

  /** Sends the same to one process and the other until there is an answer that is final. */
  private async again<Result>(send: (url: string) => Promise<Result | null>): Promise<Result> {
    const deadline = Date.now() + GIVE_UP_AFTER_MS;
    let [api, other] = this.random.shuffled(this.world.apis);
    for (;;) {
      const answer = await send(api?.url ?? '').catch(() => null);
      if (answer !== null) return answer;
      if (Date.now() > deadline) throw new Error(`${this.buyerId} got no response.`);
      this.repetitions += 1;
      [api, other] = [other, api];
      await sleep(PAUSE_MS * (0.5 + this.random.next()));
    }
  }

  private async send<Data>(url: string, query: string, variables: object, withinMs: number): Promise<Answer<Data>> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await this.token}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(withinMs),
    });
    const { data, errors } = (await response.json()) as {
      data?: Data | null;
      errors?: { extensions?: { code?: string } }[];
    };
    if (data && !errors) return { data };
    return { code: errors?.[0]?.extensions?.code ?? 'INTERNAL_SERVER_ERROR' };
  }
}
