/** `/c/…`: the checkout page of a session and its form, the bank's challenge, and the way back to an expired session. */
import { setTimeout as sleep } from 'node:timers/promises';
import { authenticateSession, type CheckoutResult, confirmSession, pendingAuthentication } from './checkout-payment.js';
import { unixSeconds } from './clock.js';
import type { EnteredFields, FormProblems } from './form-problems.js';
import type { HttpAnswer, HttpRequest } from './http-server.js';
import type { Instrument } from './instrument-form.js';
import type { Buyer, StoredPaymentMethod, StoredSession } from './objects.js';
import { challengePage } from './pages/challenge-page.js';
import { checkoutPage, expiredPage, unknownSessionPage } from './pages/checkout-page.js';
import { checkoutTexts, choosePageLocale, declineText, type PageLocale } from './pages/languages.js';
import { seeOther } from './pages/page.js';
import { pageCause } from './payment-attempt.js';
import { enteredBefore, readPaymentForm } from './payment-form.js';
import {
  buildBancontact,
  buildCard,
  buildSepaDebit,
  type NewPaymentMethod,
} from './resources/payment-method-object.js';
import { recoverSession } from './session-expiry.js';
import type { Simulation } from './simulation.js';

/** Stripe sends the buyer on once the webhook answered, and after this time in any case. */
const WEBHOOK_WAIT_MS = 10_000;

export interface CheckoutPagesDependencies {
  simulation: Simulation;
  /** Resolves when the endpoints have answered the event, or could not. */
  attemptsOf(eventId: string): Promise<void>;
}

interface Visit {
  stored: StoredSession;
  request: HttpRequest;
  locale: PageLocale;
}

export class CheckoutPages {
  constructor(private readonly dependencies: CheckoutPagesDependencies) {}

  async handle(request: HttpRequest): Promise<HttpAnswer> {
    const [, , area, sessionId = '', page] = request.path.split('/');
    const stored = this.dependencies.simulation.store.sessions.get(sessionId);
    const locale = choosePageLocale(stored?.session.locale ?? null, request.headers['accept-language']);
    if (stored === undefined) return unknownSessionPage(locale);
    const visit = { stored, request, locale };
    if (area === 'recover' && page === undefined) return this.#recover(visit);
    if (area !== 'pay' || (page !== undefined && page !== 'authenticate')) return unknownSessionPage(locale);
    if (stored.session.status === 'complete') return seeOther(successUrl(stored));
    if (stored.session.status !== 'open') return expiredPage(stored, locale);
    if (page === 'authenticate') return this.#authenticate(visit);
    return request.method === 'POST' ? this.#pay(visit) : checkoutPage(stored, locale);
  }

  async #pay(visit: Visit): Promise<HttpAnswer> {
    const { stored, request, locale } = visit;
    const { simulation } = this.dependencies;
    const form = new URLSearchParams(request.body);
    const result = readPaymentForm(form, stored.session, simulation.clock.now());
    if ('problems' in result) {
      const alert = summarize(result.problems, locale);
      return checkoutPage(stored, locale, { status: 422, alert, problems: result.problems, entered: result.entered });
    }
    const { buyer, instrument, entered } = result;
    const method = buildMethod(simulation, buyer, instrument);
    const payment = confirmSession({ simulation, stored, method, buyer, cause: pageCause() });
    if (payment.kind === 'requires_action') return seeOther(`/c/pay/${stored.id}/authenticate`);
    return this.#conclude(visit, payment, entered);
  }

  /** The bank's page, and what it says when the buyer has answered it. */
  async #authenticate(visit: Visit): Promise<HttpAnswer> {
    const { stored, request, locale } = visit;
    const { simulation } = this.dependencies;
    const backToPage = seeOther(`/c/pay/${stored.id}`);
    if (pendingAuthentication(simulation, stored) === null) return backToPage;
    const outcome = new URLSearchParams(request.body).get('outcome');
    if (request.method !== 'POST' || (outcome !== 'complete' && outcome !== 'fail'))
      return challengePage(stored, locale);
    const payment = authenticateSession(simulation, stored, outcome === 'complete', pageCause());
    return payment === null ? backToPage : this.#conclude(visit, payment, enteredBefore(stored.buyer));
  }

  /** The buyer goes on to the shop, or back to the form. */
  async #conclude({ stored, locale }: Visit, payment: CheckoutResult, entered: EnteredFields): Promise<HttpAnswer> {
    if (payment.kind === 'declined') {
      const alert = declineText(locale.language, payment.decline);
      return checkoutPage(stored, locale, { status: 402, alert, problems: {}, entered });
    }
    if (payment.kind === 'complete') await this.#webhooksAnswered(payment.completed.id);
    return seeOther(successUrl(stored));
  }

  async #webhooksAnswered(eventId: string): Promise<void> {
    const timeout = new AbortController();
    await Promise.race([
      this.dependencies.attemptsOf(eventId),
      sleep(WEBHOOK_WAIT_MS, undefined, { signal: timeout.signal, ref: false }).catch(() => {}),
    ]);
    timeout.abort();
  }

  #recover({ stored, locale }: Visit): HttpAnswer {
    const recovered = recoverSession(this.dependencies.simulation, stored);
    return recovered === null ? expiredPage(stored, locale) : seeOther(`/c/pay/${recovered.id}`);
  }
}

function buildMethod({ clock }: Simulation, buyer: Buyer, instrument: Instrument): StoredPaymentMethod {
  const common: NewPaymentMethod = {
    allowRedisplay: 'limited',
    billingDetails: {
      address: { city: null, country: 'FR', line1: null, line2: null, postal_code: null, state: null },
      email: buyer.email,
      name: buyer.name,
      phone: buyer.phone,
      tax_id: null,
    },
    metadata: {},
    created: unixSeconds(clock),
  };
  if (instrument.type === 'card') return buildCard(instrument.card, common);
  if (instrument.type === 'bancontact') return buildBancontact(common);
  return buildSepaDebit(instrument.account.iban, common);
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
