/** What passes for an event of Stripe's. */
import { describe, expect, test } from '@jest/globals';
import { PINNED_API_VERSION, parseStripeEvent, toStripeEvent } from '../../src/stripe/stripe-event.js';

const event = {
  id: 'evt_1',
  object: 'event',
  type: 'checkout.session.completed',
  created: 1_790_000_000,
  livemode: false,
  api_version: PINNED_API_VERSION,
  data: { object: { id: 'cs_test_1', object: 'checkout.session' } },
};

test('The pinned version is that of the SDK', () => {
  expect(PINNED_API_VERSION).toMatch(/^\d{4}-\d\d-\d\d\.[a-z]+$/);
});

describe('A value', () => {
  test.each<[string, object]>([
    ['of the pinned version', {}],
    ['without a version', { api_version: null }],
    ['of an old version', { api_version: '2019-05-16' }],
    ['of a type we do not know', { type: 'v1.some_thing.happened' }],
    ['with members we do not know', { context: 'acct_1', reason: { type: 'request' } }],
  ])('%s is an event', (_case, changes) => {
    const value = { ...event, ...changes };
    expect(toStripeEvent(value)).toBe(value);
    expect(parseStripeEvent(Buffer.from(JSON.stringify(value)))).toEqual(value);
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'evt_1'],
    ['a list', [event]],
    ['an object of another kind', { ...event, object: 'v2.core.event' }],
    ['without an id', { ...event, id: undefined }],
    ['with the id of something else', { ...event, id: 'cs_test_1' }],
    ['with an endless id', { ...event, id: `evt_${'1'.repeat(251)}` }],
    ['with a type that no type is like', { ...event, type: 'checkout session' }],
    ['without a type', { ...event, type: '' }],
    ['with a time that is a text', { ...event, created: '1790000000' }],
    ['with a part of a second', { ...event, created: 1.5 }],
    ['dated beyond every calendar', { ...event, created: 1e15 }],
    ['that is neither live nor a test', { ...event, livemode: null }],
    ['with a version that is none', { ...event, api_version: 'two words' }],
    ['about nothing', { ...event, data: {} }],
    ['about null', { ...event, data: { object: null } }],
    ['about a text', { ...event, data: { object: 'cs_test_1' } }],
  ])('%s is none', (_case, value) => {
    expect(toStripeEvent(value)).toBeNull();
    expect(parseStripeEvent(Buffer.from(JSON.stringify(value)))).toBeNull();
  });
});

describe('A body', () => {
  test.each<[string, Buffer]>([
    ['is empty', Buffer.of()],
    ['is no JSON', Buffer.from('evt_1')],
    ['breaks off', Buffer.from(JSON.stringify(event).slice(0, -1))],
    ['is not UTF-8', Buffer.from(JSON.stringify({ ...event, note: 'é' }), 'latin1')],
  ])('that %s holds no event', (_case, body) => {
    expect(parseStripeEvent(body)).toBeNull();
  });
});
