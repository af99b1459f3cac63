/** What the checkout page asks for beyond a card: a phone number, an address, another way to pay. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { lineItem, PAID_CARD, pageUrl, sessionParameters, start, submitCard } from './support.js';

type Parameters = Partial<Stripe.Checkout.SessionCreateParams>;

const PAID_IBAN = 'AT61 1904 3002 3457 3201';
const AUTHENTICATED_CARD = '4000002760003184';
const COLLECTING: Parameters = {
  locale: 'en',
  phone_number_collection: { enabled: true },
  shipping_address_collection: { allowed_countries: ['FR', 'DE', 'HK'] },
};
const CARD_ONLY: Parameters = { allowed_payment_method_types: ['card'] };
const DEBIT_ONLY: Parameters = { allowed_payment_method_types: ['sepa_debit'] };

async function openSession(changes: Parameters = {}) {
  const { stripe } = await start();
  const session = await stripe.checkout.sessions.create(sessionParameters({ locale: 'en', ...changes }));
  return { stripe, session, reload: async () => text(await fetch(pageUrl(session))) };
}

function submit(session: { url: string | null }, fields: Record<string, string>): Promise<Response> {
  return fetch(pageUrl(session), { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
}

/** As a person reads it: entities and unbreakable spaces are for the browser. */
async function text(response: Response): Promise<string> {
  return (await response.text()).replaceAll('&#39;', "'").replaceAll(/\s+/g, ' ');
}

const ADDRESS = {
  shipping_name: 'Léa Martin',
  shipping_country: 'DE',
  shipping_line1: 'Unter den Linden 1',
  shipping_line2: '2. Stock',
  shipping_postal_code: '10117',
  shipping_city: 'Berlin',
  shipping_state: 'Berlin',
};

describe('the phone number and the address', () => {
  test('are asked for only where the session collects them', async () => {
    const plain = await (await openSession()).reload();
    for (const name of ['phone', ...Object.keys(ADDRESS)]) expect(plain).not.toContain(`name="${name}"`);
    const collecting = await (await openSession(COLLECTING)).reload();
    for (const name of ['phone', ...Object.keys(ADDRESS)]) {
      expect(collecting).toContain(`<label for="${name}">`);
      expect(collecting).toContain(`id="${name}" name="${name}"`);
    }
  });

  test('reach the session, the number as E.164 writes it', async () => {
    const { stripe, session } = await openSession(COLLECTING);
    const fields = { ...ADDRESS, phone: '0049 (30) 1234-5678', name: 'Léa' };
    expect((await submitCard(session, PAID_CARD, fields)).status).toBe(303);
    const paid = await stripe.checkout.sessions.retrieve(session.id);
    expect(paid.customer_details?.phone).toBe('+493012345678');
    const address = { country: 'DE', line1: 'Unter den Linden 1', line2: '2. Stock', postal_code: '10117' };
    expect(paid.collected_information?.shipping_details).toEqual({
      name: 'Léa Martin',
      address: { ...address, city: 'Berlin', state: 'Berlin' },
    });
  });

  test('stand for themselves when a script leaves them out', async () => {
    const { stripe, session } = await openSession(COLLECTING);
    expect((await submitCard(session, PAID_CARD)).status).toBe(303);
    const paid = await stripe.checkout.sessions.retrieve(session.id);
    expect(paid.customer_details?.phone).toMatch(/^\+\d{10,}$/);
    const shipping = paid.collected_information?.shipping_details;
    expect(shipping).toMatchObject({ name: 'Test Buyer', address: { country: 'FR', line2: null, state: null } });
  });

  test.each<[string, Record<string, string>, string]>([
    ['no phone number', { phone: '' }, 'Enter your phone number with its country code'],
    ['a phone number without its country', { phone: '06 12 34 56 78' }, 'Enter your phone number with its country'],
    ['a phone number of letters', { phone: '+33 call me' }, 'Enter your phone number with its country code'],
    ['no recipient', { shipping_name: ' ' }, 'Enter the name of the recipient.'],
    ['no country', { shipping_country: '' }, 'Choose a country from the list.'],
    ['a country that is not on the list', { shipping_country: 'US' }, 'Choose a country from the list.'],
    ['no street', { shipping_line1: '' }, 'Enter the street and house number.'],
    ['no postal code', { shipping_postal_code: '' }, 'Enter the postal code.'],
    ['no city', { shipping_city: '' }, 'Enter the city.'],
  ])('with %s are asked for again', async (_what, fields, message) => {
    const { stripe, session } = await openSession(COLLECTING);
    const response = await submitCard(session, PAID_CARD, { ...ADDRESS, ...fields });
    expect(response.status).toBe(422);
    const html = await text(response);
    const [field] = Object.keys(fields);
    expect(html).toMatch(new RegExp(`<p class="wrong" id="${field}-problem">${message}`));
    expect(html).toMatch(new RegExp(`name="${field}" [^>]*aria-invalid="true" aria-describedby="${field}-problem"`));
    expect((await stripe.events.list()).data).toEqual([]);
  });

  test('need no postal code where there are none', async () => {
    const { session } = await openSession(COLLECTING);
    const fields = { ...ADDRESS, shipping_country: 'HK', shipping_postal_code: '' };
    expect((await submitCard(session, PAID_CARD, fields)).status).toBe(303);
  });

  test('are shown again as they were entered', async () => {
    const { session } = await openSession(COLLECTING);
    const fields = { ...ADDRESS, phone: '+49 30 1234567', cvc: '' };
    const html = await text(await submitCard(session, PAID_CARD, fields));
    const { shipping_country: country, ...texts } = ADDRESS;
    for (const value of [...Object.values(texts), '+49 30 1234567']) expect(html).toContain(`value="${value}"`);
    expect(html).toContain(`<option value="${country}" selected>`);
  });

  test('are still there when the buyer comes back from their bank without success', async () => {
    const { session } = await openSession(COLLECTING);
    await submitCard(session, AUTHENTICATED_CARD, { ...ADDRESS, phone: '+4930123456', email: 'lea@example.com' });
    const body = new URLSearchParams({ outcome: 'fail' });
    const response = await fetch(`${pageUrl(session)}/authenticate`, { method: 'POST', body, redirect: 'manual' });
    const html = await text(response);
    for (const value of [...Object.values(ADDRESS), '+4930123456', 'lea@example.com']) {
      expect(html).toContain(`value="${value}"`);
    }
  });
});

describe('the countries', () => {
  const shipTo = (...countries: Stripe.Checkout.SessionCreateParams.ShippingAddressCollection.AllowedCountry[]) => ({
    shipping_address_collection: { allowed_countries: countries },
  });
  const optionsOf = (html: string) =>
    [...html.matchAll(/<option value="(\w*)"( selected)?>([^<]*)</g)].map(([, code, selected, name]) =>
      [code, name, selected === undefined ? '' : '*'].join(''),
    );

  test.each<[string, Parameters, string[]]>([
    ['French', { locale: 'fr', ...shipTo('DE', 'FR', 'EE') }, ['DEAllemagne', 'EEEstonie', 'FRFrance*']],
    ['English', { locale: 'en', ...shipTo('DE', 'FR') }, ['Choose a country', 'FRFrance', 'DEGermany']],
    ['British English', { locale: 'en-GB', ...shipTo('DE', 'GB') }, ['DEGermany', 'GBUnited Kingdom*']],
    ['any language, if there is one only', { locale: 'fr', ...shipTo('DE') }, ['DEAllemagne*']],
  ])('are named in %s', async (_language, changes, options) => {
    const { reload } = await openSession(changes);
    expect(optionsOf(await reload())).toEqual(options);
  });
});

describe('the choice of the payment method', () => {
  test.each([
    ['en', 'Payment method', 'Card', 'SEPA Direct Debit', 'Account holder', 'eight weeks'],
    ['fr', 'Moyen de paiement', 'Carte', 'Prélèvement SEPA', 'Titulaire du compte', 'huit semaines'],
  ] as const)('reads well, in %s', async (locale, ...words) => {
    const html = await (await openSession({ locale })).reload();
    for (const word of words) expect(html).toContain(word);
    expect(html.match(/type="radio"/g)).toHaveLength(2);
    expect(html).toContain('value="card" checked');
  });

  test('requires no field that another method hides', async () => {
    const html = await (await openSession()).reload();
    for (const name of ['card_number', 'exp', 'cvc', 'iban']) {
      expect(html).not.toMatch(new RegExp(`name="${name}" [^>]*required`));
    }
    expect(html).toMatch(/name="name" [^>]*required/);
  });

  test.each([
    ['cards', CARD_ONLY, ['card_number', 'exp', 'cvc'], ['iban'], 'Pay by card'],
    ['debits', DEBIT_ONLY, ['iban'], ['card_number', 'exp', 'cvc'], 'Pay by SEPA Direct Debit'],
  ])('is none where there are only %s', async (_what, changes, required, absent, heading) => {
    const html = await (await openSession(changes)).reload();
    expect(html).not.toContain('type="radio"');
    expect(html).toContain(heading);
    for (const name of required) expect(html).toMatch(new RegExp(`name="${name}" [^>]*required`));
    for (const name of absent) expect(html).not.toContain(`name="${name}"`);
  });

  test.each([
    [{ payment_method_type: 'sepa_debit', iban: PAID_IBAN, card_number: '', exp: '', cvc: '' }],
    [{ payment_method_type: 'sepa_debit', iban: PAID_IBAN.toLowerCase() }],
    [{ iban: PAID_IBAN }],
  ])('may fall on a debit: %j', async (fields) => {
    const { stripe, session } = await openSession();
    expect((await submit(session, fields)).status).toBe(303);
    const { status, payment_status } = await stripe.checkout.sessions.retrieve(session.id);
    expect([status, payment_status]).toEqual(['complete', 'unpaid']);
  });

  test('keeps to the card when the account is left empty', async () => {
    const { stripe, session } = await openSession();
    const fields = { payment_method_type: 'card', card_number: PAID_CARD, exp: '12/34', cvc: '123', iban: '' };
    expect((await submit(session, fields)).status).toBe(303);
    expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe('paid');
  });

  test.each([
    [CARD_ONLY, { iban: PAID_IBAN }],
    [DEBIT_ONLY, { card_number: PAID_CARD }],
    [{}, { payment_method_type: 'cash' }],
  ])('is limited to what the session offers: %j', async (changes, fields) => {
    const { session } = await openSession(changes);
    const response = await submit(session, fields);
    expect(response.status).toBe(422);
    expect(await text(response)).toContain('Choose one of the payment methods.');
  });

  test.each([
    ['no account', '', 'en', 'Your IBAN is incomplete.'],
    ['half an account', 'AT61 1904', 'fr', 'Votre IBAN est incomplet.'],
    ['an account whose check digits are wrong', 'AT62 1904 3002 3457 3201', 'en', 'Your IBAN is invalid.'],
    ['an account that is no test account', 'DE75 5121 0800 1245 1261 99', 'fr', 'ne connaît que des comptes de test'],
  ] as const)('takes no debit with %s', async (_what, iban, locale, message) => {
    const { session } = await openSession({ locale });
    const response = await submit(session, { payment_method_type: 'sepa_debit', iban });
    expect(response.status).toBe(422);
    const html = await text(response);
    expect(html).toContain(message);
    expect(html).toContain('value="sepa_debit" checked');
    expect(html).toMatch(new RegExp(`name="iban" [^>]*value="${iban}" aria-invalid="true"[^>]* autofocus`));
  });

  test('asks a debit for the holder of the account', async () => {
    const { session } = await openSession();
    const html = await text(await submit(session, { iban: PAID_IBAN, name: '' }));
    expect(html).toContain('value="sepa_debit" checked');
    expect(html).toContain('Enter the name of the account holder.');
  });
});

describe('the messages', () => {
  test('of several problems lead to each field', async () => {
    const { session } = await openSession({ locale: 'fr' });
    const html = await text(await submitCard(session, '4242', { exp: '', email: 'x' }));
    expect(html).toMatch(/role="alert">Veuillez corriger les champs signalés\./);
    for (const field of ['email', 'card_number', 'exp']) expect(html).toContain(`<a href="#${field}">`);
    expect(html).toMatch(/name="email" [^>]* autofocus/);
    expect(html.match(/ autofocus/g)).toHaveLength(1);
  });

  test.each([
    ['4000000000000002', 'Votre carte a été refusée.'],
    ['4000000000009987', 'Votre carte a été refusée.'],
    ['4000000000009979', 'Votre carte a été refusée.'],
    ['4000000000006975', 'trop de tentatives'],
    ['4000000000000069', 'Votre carte a expiré.'],
    ['4000000000000127', 'Le code de sécurité de votre carte est incorrect.'],
  ])('of the decline of %s are French on the French page', async (number, message) => {
    const { session } = await openSession({ locale: 'fr' });
    const html = await text(await submitCard(session, number));
    expect(html).toMatch(new RegExp(`role="alert">[^<]*${message}`));
    expect(html).toMatch(/name="card_number" [^>]* autofocus/);
  });

  test('of the shop stand where it wants them', async () => {
    const custom_text = {
      submit: { message: 'Before' },
      after_submit: { message: 'After' },
      shipping_address: { message: 'No post boxes' },
    };
    const html = await (await openSession({ ...COLLECTING, custom_text })).reload();
    const positions = ['id="shipping_state"', 'No post boxes', 'id="payment"', '>Before<', '<button', '>After<'].map(
      (part) => html.indexOf(part),
    );
    expect(positions).toEqual(positions.toSorted((left, right) => left - right));
    expect(positions[0]).toBeGreaterThan(0);
  });
});

describe('the hints', () => {
  test('name the cards, and the accounts where debits are offered', async () => {
    const euros = await (await openSession()).reload();
    for (const number of ['4000 0025 0000 3155', '4000 0000 0000 0259', '4000 0000 0000 7726', PAID_IBAN]) {
      expect(euros).toContain(`<dt>${number}</dt>`);
    }
    const dollars = await (await openSession({ line_items: [lineItem('Coffee', 1250, 1, 'usd')] })).reload();
    expect(dollars).toContain('<dt>4242 4242 4242 4242</dt>');
    expect(dollars).not.toContain('<dt>AT');
  });

  test('are true', async () => {
    const { stripe, session, reload } = await openSession();
    const numbers = [...(await reload()).matchAll(/<dt>(\d[\d ]+)<\/dt><dd>([^<]+)</g)];
    expect(numbers).toHaveLength(7);
    for (const [, number = '', outcome = ''] of numbers) {
      const { url } = await stripe.checkout.sessions.create(sessionParameters());
      const { status, headers } = await submitCard({ url }, number);
      expect(`${number}: ${status}`).toBe(`${number}: ${outcome.startsWith('is declined') ? 402 : 303}`);
      expect(headers.get('location')?.endsWith('/authenticate') ?? false).toBe(outcome.includes('3-D Secure'));
    }
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');
  });
});

describe("the bank's page", () => {
  test.each([
    ['en', '3-D Secure authentication', '€12.50', 'Complete authentication', 'Fail authentication'],
    ['fr', 'Authentification 3-D Secure', '12,50 €', 'Réussir l’authentification', 'Faire échouer l’authentification'],
  ] as const)('says in %s what is asked', async (locale, ...words) => {
    const { session } = await openSession({ locale });
    await submitCard(session, AUTHENTICATED_CARD);
    const response = await fetch(`${pageUrl(session)}/authenticate`);
    const html = await text(response);
    expect(html).toContain(`<html lang="${locale}">`);
    for (const word of words) expect(html).toContain(word);
    for (const value of ['complete', 'fail']) expect(html).toContain(`name="outcome" value="${value}"`);
  });

  test.each([
    ['en', 'Your bank could not confirm that it is you.'],
    ['fr', 'Votre banque n’a pas pu confirmer votre identité.'],
  ] as const)('leads back with an alert when it fails, in %s', async (locale, message) => {
    const { session } = await openSession({ locale });
    await submitCard(session, AUTHENTICATED_CARD);
    const body = new URLSearchParams({ outcome: 'fail' });
    const response = await fetch(`${pageUrl(session)}/authenticate`, { method: 'POST', body, redirect: 'manual' });
    expect(response.status).toBe(402);
    expect(await text(response)).toMatch(new RegExp(`role="alert">${message}`));
  });
});

test.each([
  ['en', 'Resume checkout', 'Back to the shop'],
  ['fr', 'Reprendre le paiement', 'Retour à la boutique'],
] as const)('an expired session that can be recovered says how, in %s', async (locale, recover, back) => {
  const { stripe, session } = await openSession({ locale, after_expiration: { recovery: { enabled: true } } });
  const { after_expiration } = await stripe.checkout.sessions.expire(session.id);
  const html = await text(await fetch(pageUrl(session)));
  expect(html).toContain(`<a class="button" href="${after_expiration?.recovery?.url}">${recover}</a>`);
  expect(html).toContain(`<a class="button secondary" href="http://localhost:3000/cart">${back}</a>`);
});
