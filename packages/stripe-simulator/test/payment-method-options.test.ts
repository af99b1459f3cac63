/** What is asked of single payment methods, and of the look of the page: nothing that decides is dropped in silence. */
import { expect, test } from '@jest/globals';
import { rawPost, sessionParameters, start, stripeError } from './support.js';

const INTENT = 'amount=2000&currency=eur';

test.each([
  ['card][capture_method', 'manual'],
  ['card][request_three_d_secure', 'any'],
  ['card][request_three_d_secure', 'challenge'],
  ['card][setup_future_usage', 'off_session'],
  ['card][installments][enabled', 'true'],
  ['sepa_debit][setup_future_usage', 'off_session'],
])('payment_method_options[%s]=%s is rejected as not implemented', async (name, value) => {
  const { simulator, stripe } = await start();
  const option = `payment_method_options[${name}]=${value}`;
  const created = await rawPost(simulator, '/v1/payment_intents', `${INTENT}&${option}`);
  const intent = await stripe.paymentIntents.create({ amount: 2000, currency: 'eur', payment_method: 'pm_card_visa' });
  const updated = await rawPost(simulator, `/v1/payment_intents/${intent.id}`, option);
  const confirmed = await rawPost(simulator, `/v1/payment_intents/${intent.id}/confirm`, option);
  const lineItem = 'line_items[0][quantity]=1&line_items[0][price_data][currency]=eur';
  const price = 'line_items[0][price_data][unit_amount]=1250&line_items[0][price_data][product_data][name]=Coffee';
  const session = `mode=payment&success_url=http://localhost/&${lineItem}&${price}&${option}`;
  const opened = await rawPost(simulator, '/v1/checkout/sessions', session);
  for (const answer of [created, updated, confirmed, opened]) {
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'simulator_not_implemented' } });
  }
});

test('what changes nothing is taken', async () => {
  const { stripe } = await start();
  const card = { request_three_d_secure: 'automatic', request_multicapture: 'never' } as const;
  const session = await stripe.checkout.sessions.create(
    sessionParameters({
      branding_settings: {
        button_color: '#112233',
        display_name: 'Shop',
        icon: { type: 'url', url: 'https://x.fr/i' },
      },
      payment_method_data: { allow_redisplay: 'unspecified' },
      payment_method_options: { card: { ...card, installments: { enabled: false } } },
      wallet_options: { link: { display: 'never' } },
    }),
  );
  expect(session.payment_method_options).toMatchObject({ card: { request_three_d_secure: 'automatic' } });
  const options = { card: { ...card, moto: false } };
  const intent = await stripe.paymentIntents.create({ amount: 2000, currency: 'eur', payment_method_options: options });
  expect(intent.payment_method_options).toMatchObject({ card: { request_three_d_secure: 'automatic' } });
});

test.each([
  'payment_method_options[shells][count]',
  'payment_method_options[card][colour]',
  'branding_settings[colour]',
  'branding_settings[icon][colour]',
  'payment_method_data[colour]',
  'wallet_options[link][colour]',
])('the unknown %s is rejected', async (param) => {
  const { simulator } = await start();
  const required = 'mode=payment&success_url=http://localhost/&line_items[0][quantity]=1';
  const answer = await rawPost(simulator, '/v1/checkout/sessions', `${required}&${param}=x`);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { code: 'parameter_unknown' } });
});

test('whether a payment method is shown again is not decided by a session yet', async () => {
  const { stripe } = await start();
  const parameters = sessionParameters({ payment_method_data: { allow_redisplay: 'always' } });
  const error = await stripeError(stripe.checkout.sessions.create(parameters));
  expect(error).toMatchObject({ statusCode: 400, code: 'simulator_not_implemented' });
});
