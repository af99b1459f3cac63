/** `/c/pay/:session`: shows the checkout page and takes its form. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type FormProblems, readCardForm } from './card-form.js';
import { confirmPayment } from './checkout-payment.js';
import type { HttpAnswer, HttpRequest } from './http-server.js';
import type { StoredSession } from './objects.js';
import { checkoutPage, expiredPage, unknownSessionPage } from './pages/checkout-page.js';
import { checkoutTexts, choosePageLocale, declineText, type PageLocale } from './pages/checkout-texts.js';
import { seeOther } from './pages/page.js';
import type { Simulation } from './simulation.js';

/** Stripe sends the buyer on once the webhook answered, and after this time in any case. */
const WEBHOOK_WAIT_MS = 10_000;

export interface CheckoutPagesDependencies {
  simulation: Simulation;
  /** Resolves when the endpoints have answered the event, or could not. */
  attemptsOf(eventId: string): Promise<void>;
}

export class CheckoutPages {
  constructor(private readonly dependencies: CheckoutPagesDependencies) {}

  async handle(request: HttpRequest, sessionId: string): Promise<HttpAnswer> {
    const stored = this.dependencies.simulation.store.sessions.get(sessionId);
    const locale = choosePageLocale(stored?.session.locale ?? null, request.headers['accept-language']);
    if (stored === undefined) return unknownSessionPage(locale);
    if (stored.session.status === 'complete') return seeOther(successUrl(stored));
    if (stored.session.status !== 'open') return expiredPage(stored, locale);
    return request.method === 'POST' ? this.#pay(stored, request, locale) : checkoutPage(stored, locale);
  }

  async #pay(stored: StoredSession, request: HttpRequest, locale: PageLocale): Promise<HttpAnswer> {
    const { simulation, attemptsOf } = this.dependencies;
    const form = new URLSearchParams(request.body);
    const result = readCardForm(form, stored.session.customer_email, simulation.clock.now());
    if ('problems' in result) {
      const alert = summarize(result.problems, locale);
      return checkoutPage(stored, locale, { status: 422, alert, problems: result.problems, entered: result.entered });
    }
    const { card } = result;
    const payment = confirmPayment(simulation, stored, card);
    if (payment.kind === 'declined') {
      const alert = declineText(locale.language, payment.decline);
      const entered = { email: card.email, name: card.name, exp: form.get('exp') ?? '' };
      return checkoutPage(stored, locale, { status: 402, alert, problems: {}, entered });
    }
    const timeout = new AbortController();
    await Promise.race([
      attemptsOf(payment.completed.id),
      sleep(WEBHOOK_WAIT_MS, undefined, { signal: timeout.signal, ref: false }).catch(() => {}),
    ]);
    timeout.abort();
    return seeOther(successUrl(stored));
  }
}

/** The placeholder is replaced where it stands literally, as Stripe does. */
function successUrl({ session }: StoredSession): string {
  return (session.success_url ?? '/').replaceAll('{CHECKOUT_SESSION_ID}', session.id);
}

/** One problem says itself what is wrong; several are for the marks at the fields. */
function summarize(problems: FormProblems, { language }: PageLocale): string {
  const texts = checkoutTexts(language);
  const [first, ...others] = Object.values(problems);
  return first === undefined || others.length > 0 ? texts.problemsAbove : texts.problems[first];
}
