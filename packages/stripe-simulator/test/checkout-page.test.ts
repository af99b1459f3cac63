/** The hosted checkout page, used as a browser without JavaScript uses it. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import {
  DECLINED_CARD,
  lineItem,
  PAID_CARD,
  pageUrl,
  sessionParameters,
  start,
  startReceiver,
  submitCard,
  TestClock,
} from './support.js';

type Parameters = Partial<Stripe.Checkout.SessionCreateParams>;

async function openPage(changes: Parameters = {}, headers: Record<string, string> = {}) {
  const { simulator, stripe } = await start();
  const session = await stripe.checkout.sessions.create(sessionParameters(changes));
  const response = await fetch(pageUrl(session), { headers });
  return { simulator, stripe, session, response, html: await response.text() };
}

describe('the page', () => {
  test('shows the lines, the quantities and the total', async () => {
    const line_items = [lineItem('Coffee', 1250, 2), lineItem('Cup', 499, 1)];
    const { response, html } = await openPage({ line_items, locale: 'en' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    for (const text of ['Coffee', '2 × €12.50', '€25.00', 'Cup', '€4.99', 'Total due', '€29.99', 'Pay €29.99']) {
      expect(html).toContain(text);
    }
    expect(html).toContain('4242 4242 4242 4242');
  });

  test('has a labelled field for each part of the card, and a way back', async () => {
    const { html } = await openPage();
    for (const name of ['email', 'card_number', 'exp', 'cvc', 'name']) {
      expect(html).toContain(`<label for="${name}">`);
      expect(html).toMatch(new RegExp(`<input id="${name}" name="${name}" `));
    }
    expect(html).toContain('<a class="back" href="http://localhost:3000/cart">');
    expect(html).not.toContain('<script');
  });

  test('has the e-mail address filled in that the session knows', async () => {
    const { html } = await openPage({ customer_email: 'ana@example.com' });
    expect(html).toMatch(/name="email" type="email" value="ana@example.com" readonly/);
  });

  test('has no way back without a cancel_url', async () => {
    const { stripe } = await start();
    const { cancel_url: _, ...parameters } = sessionParameters();
    const session = await stripe.checkout.sessions.create(parameters);
    expect(await (await fetch(pageUrl(session))).text()).not.toContain('class="back"');
  });

  test('writes whatever the shop calls its goods as text', async () => {
    const product_data = { name: '<script>alert("1")</script>', description: "a & b's <i>" };
    const price_data = { currency: 'eur', unit_amount: 1250, product_data };
    const { html } = await openPage({
      line_items: [{ quantity: 1, price_data }],
      cancel_url: 'http://localhost:3000/?a="><b>',
      custom_text: { submit: { message: '<u>thanks</u>' } },
    });
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
    expect(html).toContain('a &amp; b&#39;s &lt;i&gt;');
    expect(html).toContain('&lt;u&gt;thanks&lt;/u&gt;');
    for (const raw of ['<script', '<i>', '"><b>', '<u>']) expect(html).not.toContain(raw);
  });

  test.each<[string, Parameters, string, string, string]>([
    ['the session', { locale: 'fr' }, 'en', 'fr', 'Payer 12,50'],
    ['the session, over the browser', { locale: 'en' }, 'fr', 'en', 'Pay €12.50'],
    ['the browser', {}, 'de;q=0.9, fr-FR, en;q=0.8', 'fr', 'Payer 12,50'],
    ['the browser, where the session says auto', { locale: 'auto' }, 'en;q=0.5, fr;q=0.7', 'fr', 'Payer 12,50'],
    ['nobody', {}, 'de', 'en', 'Pay €12.50'],
    ['a session in a language the page does not speak', { locale: 'de' }, 'fr', 'en', 'Pay €12.50'],
    ['a session of another country', { locale: 'fr-CA' }, 'en', 'fr', 'Payer 12,50'],
  ])('speaks the language of %s', async (_who, changes, acceptLanguage, language, label) => {
    const { html } = await openPage(changes, { 'Accept-Language': acceptLanguage });
    expect(html).toContain(`<html lang="${language}">`);
    expect(html.replaceAll(/\s/g, ' ')).toContain(label);
  });

  test.each([
    ['jpy', 1250, '¥1,250'],
    ['kwd', 1250, 'KWD 1.250'],
    ['huf', 2_000_000, 'HUF 20,000.00'],
  ])('writes %s with its decimals', async (currency, unitAmount, text) => {
    const line_items = [lineItem('Coffee', unitAmount, 1, currency)];
    const { html } = await openPage({ line_items, locale: 'en' });
    expect(html.replaceAll(/\s/g, ' ')).toContain(text);
  });

  test.each('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '))(
    'writes %s without decimals',
    async (currency) => {
      const line_items = [lineItem('Coffee', 123_456, 1, currency)];
      const { html } = await openPage({ line_items, locale: 'en' });
      expect(html).toMatch(/123,456(?![\d.,])/);
      expect(html).not.toMatch(/1,234\.56|123,456\.|123\.456/);
    },
  );

  test('says on the button what the buyer does', async () => {
    expect((await openPage({ submit_type: 'book', locale: 'fr' })).html).toContain('Réserver pour');
    expect((await openPage({ submit_type: 'donate', locale: 'en' })).html).toContain('Donate €12.50');
  });

  test('is kept by no cache', async () => {
    const { response } = await openPage();
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('of an unknown session is 404', async () => {
    const { simulator } = await start();
    const response = await fetch(`${simulator.url}/c/pay/cs_test_none`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('There is no checkout at this address.');
  });

  test('of an expired session says so and leads back', async () => {
    const { stripe, session } = await openPage({ locale: 'en' });
    await stripe.checkout.sessions.expire(session.id);
    const response = await fetch(pageUrl(session));
    expect(response.status).toBe(410);
    const html = await response.text();
    expect(html).toContain('This checkout has expired');
    expect(html).toContain('href="http://localhost:3000/cart"');
    expect(html).not.toContain('<form');
  });

  test('of a paid session leads on to the success page', async () => {
    const { session } = await openPage();
    await submitCard(session, PAID_CARD);
    const response = await fetch(pageUrl(session), { redirect: 'manual' });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(`http://localhost:3000/success?session_id=${session.id}`);
  });
});

describe('paying', () => {
  test('takes the number alone, from a script', async () => {
    const { session } = await openPage();
    const response = await submitCard(session, '4242 4242-4242 4242');
    expect(response.status).toBe(303);
  });

  test('takes all fields, from a person', async () => {
    const { stripe, session } = await openPage();
    const fields = { email: 'bob@example.com', exp: '12 / 34', cvc: '123', name: 'Bob' };
    expect((await submitCard(session, PAID_CARD, fields)).status).toBe(303);
    const paid = await stripe.checkout.sessions.retrieve(session.id);
    expect(paid.customer_details).toMatchObject({ email: 'bob@example.com', name: 'Bob' });
  });

  test("does not let the buyer change the session's e-mail address", async () => {
    const { stripe, session } = await openPage({ customer_email: 'ana@example.com' });
    await submitCard(session, PAID_CARD, { email: 'eve@example.com' });
    const paid = await stripe.checkout.sessions.retrieve(session.id);
    expect(paid.customer_details?.email).toBe('ana@example.com');
  });

  test.each([
    [
      'http://localhost/{CHECKOUT_SESSION_ID}/x?again={CHECKOUT_SESSION_ID}',
      (id: string) => `http://localhost/${id}/x?again=${id}`,
    ],
    ['http://localhost/x?a=%20b&c=[d]', () => 'http://localhost/x?a=%20b&c=[d]'],
    ['http://localhost/payé', () => 'http://localhost/pay%C3%A9'],
  ])('leads to %s', async (success_url, expected) => {
    const { session } = await openPage({ success_url });
    const response = await submitCard(session, PAID_CARD);
    expect(response.headers.get('location')).toBe(expected(session.id));
  });

  test.each<[string, string, Record<string, string>, string]>([
    ['no number', '', {}, 'Your card number is incomplete.'],
    ['half a number', '4242', {}, 'Your card number is incomplete.'],
    ['a number that fails the Luhn check', '4242424242424241', {}, 'Your card number is invalid.'],
    ['a card that is no test card', '4111111111111111', {}, 'test cards only'],
    ['no expiry date', PAID_CARD, { exp: '' }, 'expiry date is incomplete'],
    ['a thirteenth month', PAID_CARD, { exp: '13/40' }, 'expiry date is incomplete'],
    ['an expiry date in the past', PAID_CARD, { exp: '01/20' }, 'expiry date is in the past'],
    ['no security code', PAID_CARD, { cvc: '' }, 'security code is incomplete'],
    ['a security code of letters', PAID_CARD, { cvc: 'abc' }, 'security code is incomplete'],
    ['no name', PAID_CARD, { name: ' ' }, 'Enter the name on the card.'],
    ['no e-mail address', PAID_CARD, { email: '' }, 'Enter your e-mail address.'],
  ])('with %s shows the form again and tells nobody', async (_what, number, fields, message) => {
    const { stripe, session } = await openPage({ locale: 'en' });
    const response = await submitCard(session, number, fields);
    expect(response.status).toBe(422);
    const html = await response.text();
    expect(html).toContain(message.replaceAll("'", '&#39;'));
    expect(html).toMatch(/aria-invalid="true" aria-describedby="\w+-problem" autofocus/);
    expect((await stripe.events.list()).data).toEqual([]);
    expect((await stripe.checkout.sessions.retrieve(session.id)).payment_intent).toBeNull();
  });

  test('keeps what was entered, save the number and the code', async () => {
    const { session } = await openPage();
    const fields = { email: 'bob@example.com', exp: '12/34', cvc: '987', name: 'Bob "B"' };
    const html = await (await submitCard(session, DECLINED_CARD, fields)).text();
    for (const kept of ['bob@example.com', '12/34', 'Bob &quot;B&quot;']) expect(html).toContain(`value="${kept}"`);
    for (const secret of [DECLINED_CARD, '987']) expect(html).not.toContain(secret);
  });

  test.each([
    ['en', '4000000000009995', 'Your card has insufficient funds.'],
    ['fr', '4000000000009995', 'Votre carte ne dispose pas de fonds suffisants.'],
    ['fr', '4000000000000119', 'Une erreur est survenue'],
  ] as const)('says why the card was declined, in %s', async (locale, number, message) => {
    const { session } = await openPage({ locale });
    const response = await submitCard(session, number);
    expect(response.status).toBe(402);
    const html = await response.text();
    expect(html).toMatch(/role="alert"/);
    expect(html).toContain(message);
  });

  test('counts a card good to the end of its month', async () => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    const session = await stripe.checkout.sessions.create(sessionParameters());
    expect((await submitCard(session, DECLINED_CARD, { exp: '02/26' })).status).toBe(422);
    expect((await submitCard(session, DECLINED_CARD, { exp: '03/26' })).status).toBe(402);
  });

  test('waits for the webhook before it leads on', async () => {
    const receiver = await startReceiver();
    const { simulator, stripe } = await start({ webhookEndpoints: [receiver] });
    let redirected = false;
    let redirectedBeforeAnswer: boolean | undefined;
    receiver.answerWith(async ({ event }) => {
      if (event.type === 'checkout.session.completed') {
        // Other requests are served meanwhile, which gives a redirect that does not wait its chance to come first.
        for (let index = 0; index < 20; index += 1) await stripe.accounts.retrieveCurrent();
        redirectedBeforeAnswer = redirected;
      }
      return { status: 200 };
    });
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, PAID_CARD);
    redirected = true;
    expect(redirectedBeforeAnswer).toBe(false);
    await simulator.webhooks.idle();
  });

  test('leads on though the webhook fails', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => ({ status: 500 }));
    const { stripe } = await start({ webhookEndpoints: [receiver] });
    const session = await stripe.checkout.sessions.create(sessionParameters());
    expect((await submitCard(session, PAID_CARD)).status).toBe(303);
  });
});
