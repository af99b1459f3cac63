/** One HTTP attempt to hand an event to a webhook endpoint. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface WebhookRequest {
  url: string;
  payload: string;
  signature: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** What came of an attempt: the status of the endpoint's answer, or why there is none. */
export type WebhookResult = { status: number; error: null } | { status: null; error: string };

/**
 * Never rejects: an endpoint that does not answer in time is a result like any other. Redirects are not followed, and
 * each attempt has a connection of its own, since an endpoint that restarts would fail the first request on a kept one.
 */
export function sendWebhook({ url, payload, signature, timeoutMs, signal }: WebhookRequest): Promise<WebhookResult> {
  const body = Buffer.from(payload, 'utf8');
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
    'Stripe-Signature': signature,
    'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    Accept: '*/*; q=0.5, application/xml',
    'Cache-Control': 'no-cache',
    Connection: 'close',
  };
  const timeout = AbortSignal.timeout(timeoutMs);
  // Parsed, since a scheme may be written in capitals.
  const open = new URL(url).protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const fail = (error: Error) => {
      const reason = timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : error.message;
      resolve({ status: null, error: reason });
    };
    const options = { method: 'POST', headers, agent: false, signal: AbortSignal.any([signal, timeout]) };
    const request = open(url, options, (response) => {
      // The answer counts once it is whole; its body is of no interest.
      response.resume();
      response.once('end', () => resolve({ status: response.statusCode ?? 0, error: null }));
      response.on('error', fail);
      response.once('close', () => fail(new Error('the connection was closed in the middle of the answer')));
    });
    // Not `once`: breaking off a request may raise a second error, and one without a listener ends the process.
    request.on('error', fail);
    request.end(body);
  });
}
