/**
 * `npm run chaos:sabotage [-- NAME…]`: plants one bug after the other in how payments are counted, and shows that a test
 * or a chaos run catches each.
 */
import { type PlantedBug, plant } from './sabotage.js';

const INBOX = 'src/webhooks/inbox.service.ts';
const SETTLEMENT = 'src/orders/settlement.service.ts';
const VERDICT = 'src/orders/payment-verdict.ts';
const CALLS = 'src/stripe/stripe-calls.ts';
const EXPIRE = 'src/checkout/expire-checkouts.job.ts';
const ISSUE = 'src/refunds/issue-refunds.job.ts';
const RUNNER = 'src/jobs/job-runner.ts';

const bugs: readonly PlantedBug[] = [
  {
    name: 'an event that was applied is applied again',
    file: INBOX,
    right: "return isSettled(earlier) ? 'DUPLICATE' : this.receiveAgain(transaction, event.id);",
    wrong: 'return this.applyStored(transaction, (await lockEvent(transaction, event.id)) as StoredEvent);',
    tests: ['test/webhooks/inbox'],
  },
  {
    name: 'declines in another version are lost',
    file: 'src/webhooks/retry-events.job.ts',
    right: 'await this.inbox.applyRead(em, event.id, read);',
    wrong:
      "await (object === 'payment_intent' ? this.inbox.retry(em, event.id) : this.inbox.applyRead(em, event.id, read));",
    tests: ['test/webhooks/other-versions'],
  },
  {
    name: 'a payment is counted as often as it is told of',
    file: SETTLEMENT,
    right: 'if (counted === null) return;',
    wrong: 'if (counted === undefined) return;',
    tests: ['test/webhooks/inbox'],
  },
  {
    name: 'the order is not locked',
    file: 'src/database/lock-row.ts',
    right: ' for update`',
    wrong: '`',
    tests: ['test/webhooks/inbox'],
  },
  {
    name: 'the buyer is not locked',
    file: 'src/database/transaction.ts',
    right: "'select pg_advisory_xact_lock(hashtextextended(?, 0))'",
    wrong: "'select hashtextextended(?, 0)'",
    tests: ['test/checkout/repeated-requests', 'test/checkout/idempotency-key'],
  },
  {
    name: 'the webhook is answered before the event is stored',
    file: 'src/webhooks/webhook.route.ts',
    right: 'const receipt = await inbox.receive(forkEntityManager(), event, rawBody);',
    wrong: "const receipt = 'SOON'; inbox.receive(forkEntityManager(), event, rawBody).catch(() => {});",
    tests: ['test/webhooks/inbox'],
  },
  {
    name: 'a handler that fails takes the event with it',
    file: INBOX,
    right: 'if (lostRace(error)) throw error;',
    wrong: 'if (error) throw error;',
    tests: ['test/webhooks/inbox'],
  },
  {
    name: 'what a failed handler wrote stays',
    file: 'src/database/transaction.ts',
    right: "if (!lostRace(error)) await em.execute('rollback to savepoint part');",
    wrong: "if (!lostRace(error)) await em.execute('release savepoint part').catch(() => {});",
    tests: ['test/webhooks/inbox'],
  },
  {
    name: 'a random key at Stripe',
    file: 'src/orders/order.entity.ts',
    // In two pieces, here and below: as one it would read like a template whose quotes are wrong.
    right: '`comptoir-checkout-$' + '{this.id}`',
    wrong: '`comptoir-checkout-$' + '{this.id}-$' + '{Math.random()}`',
    tests: ['test/checkout/recovery'],
  },
  {
    name: 'a random key for refunds',
    file: 'src/stripe/stripe-gateway.ts',
    right: '`comptoir-refund-$' + '{refundId}`',
    wrong: '`comptoir-refund-$' + '{Math.random()}`',
    tests: ['test/refunds/late-payment'],
  },
  {
    name: 'a key that Stripe has forgotten is used again',
    file: 'src/stripe/payment-gateway.ts',
    right: 'return now.getTime() - firstUsedAt.getTime() > KEYS_ARE_SAFE_MS;',
    wrong: 'return now.getTime() < firstUsedAt.getTime() - KEYS_ARE_SAFE_MS;',
    tests: ['test/checkout/recovery', 'test/refunds/late-payment'],
  },
  {
    name: 'goods are released without asking Stripe',
    file: EXPIRE,
    right: "if (checkout !== null) return this.settlement.settle(em, order, checkout, { actor: 'system' });",
    wrong: "if (checkout !== null) return this.settlement.cancel(em, order, 'time is over', 'system');",
    tests: ['test/checkout/expiry'],
  },
  {
    name: 'a session that Stripe does not know frees its goods at once',
    file: EXPIRE,
    right: 'await this.settlement.reviewUnknown(em, order);',
    wrong: "await this.settlement.cancel(em, order, 'session unknown to Stripe', 'system');",
    tests: ['test/checkout/expiry'],
  },
  {
    name: 'a payment that Stripe does not know is taken for a refusal',
    file: 'src/stripe/stripe-errors.ts',
    right: 'if (isMissing(error)) {',
    wrong: 'if (isMissing(error) && status === 0) {',
    tests: ['test/checkout/missing-at-stripe'],
  },
  {
    name: 'a session that stays open at Stripe is left open',
    file: EXPIRE,
    right: "return checkout?.status === 'open' ? this.gateway.expireCheckout(sessionId, deadline) : checkout;",
    wrong: "return checkout?.status === 'open' ? { ...checkout, status: 'expired' } : checkout;",
    tests: ['test/checkout/expiry'],
  },
  {
    name: 'the amount is not compared',
    file: VERDICT,
    right: 'if (amountMinor === order.totalMinor && currency === order.currency) return null;',
    wrong: 'if (currency === order.currency) return null;',
    tests: ['test/webhooks/inbox'],
  },
  {
    name: 'the currency is not compared',
    file: VERDICT,
    right: 'if (amountMinor === order.totalMinor && currency === order.currency) return null;',
    wrong: 'if (amountMinor === order.totalMinor) return null;',
    tests: ['test/webhooks/inbox'],
  },
  {
    name: 'the session is not compared',
    file: VERDICT,
    right: 'const isOwn = payment.checkoutSessionId === order.checkoutSessionId;',
    wrong: 'const isOwn = payment.checkoutSessionId !== null;',
    tests: ['test/webhooks/inbox'],
  },
  {
    name: 'a second payment is kept',
    file: VERDICT,
    right: "if (order.paidAt) return { kind: 'return', reason: 'the order had been paid already' };",
    wrong: "if (order.paidAt) return { kind: 'review', reason: 'the order had been paid already' };",
    tests: ['test/orders/review'],
  },
  {
    name: 'money that comes after staff refused the order pays it',
    file: VERDICT,
    right: 'if (order.reviewResolvedAt) return',
    wrong: 'if (order.reviewResolvedAt && difference !== null) return',
    tests: ['test/webhooks/delayed-methods'],
  },
  {
    name: 'a payment for goods that are gone is kept',
    file: SETTLEMENT,
    right: "await this.sendBack(em, order, payment, 'paid after the goods had gone to others', source);",
    wrong: 'order.moneyNews += 0;',
    tests: ['test/refunds/late-payment', 'test/webhooks/inbox'],
  },
  {
    name: 'goods that were released are sold without being taken again',
    file: 'src/inventory/inventory.service.ts',
    right: 'else if (line.holdState === HoldState.RELEASED) await this.bookAgain(em, line, today);',
    wrong: 'else if (today === null) await this.bookAgain(em, line, today);',
    tests: ['test/webhooks/inbox'],
  },
  {
    name: 'a delayed payment that failed keeps its goods',
    file: 'src/orders/order.entity.ts',
    right: 'const completed = this.asyncFailedAt || this.completedUnpaidAt;',
    wrong: 'const completed = this.asyncFailedAt && this.expiredAt;',
    tests: ['test/webhooks/delayed-methods'],
  },
  {
    name: 'news of a payment that is not linked yet is forgotten',
    file: INBOX,
    right: 'and inserted.checkout_session_id is not null',
    wrong: 'and inserted.checkout_session_id is null',
    tests: ['test/refunds/money-news'],
  },
  {
    name: 'an event is tried for ever',
    file: INBOX,
    right: 'const ATTEMPTS = 20;',
    wrong: 'const ATTEMPTS = 2000;',
    tests: ['test/webhooks/retries'],
  },
  {
    name: 'another version of the API is read as ours',
    file: INBOX,
    right: 'if (event.api_version !== PINNED_API_VERSION)',
    wrong: 'if (event.api_version === PINNED_API_VERSION.toUpperCase())',
    tests: ['test/webhooks/retries'],
  },
  {
    name: 'the other livemode is applied',
    file: INBOX,
    right: 'if (event.livemode !== (await this.ownLivemode(em))) {',
    wrong: 'if (event.livemode === null) {',
    tests: ['test/webhooks/inbox'],
  },
  {
    name: 'only the first page of events is read',
    file: CALLS,
    right: 'if (!hasMore',
    wrong: 'if (hasMore !== null',
    tests: ['test/webhooks/reconcile', 'test/stripe/stripe-lists'],
  },
  {
    name: 'the return page asks Stripe every time',
    file: 'src/orders/return-page.service.ts',
    right: 'where id = ? and (asked_at is null or asked_at <= ?) returning id',
    wrong: 'where id = ? and (true or asked_at <= ?) returning id',
    tests: ['test/orders/return-page'],
  },
  {
    name: 'a disputed payment is refunded',
    file: ISSUE,
    right: 'return (await em.fork().count(Dispute, open)) > 0;',
    wrong: 'return (await em.fork().count(Dispute, open)) < 0;',
    tests: ['test/refunds/money-news'],
  },
  {
    name: 'jobs run for another Stripe account',
    file: 'src/webhooks/stripe-account.service.ts',
    right: 'const isOther = accountId !== null && accountId !== stored.accountId;',
    wrong: 'const isOther = accountId !== null && stored.accountId === null;',
    tests: ['test/webhooks/stripe-account'],
  },
  {
    name: 'jobs run for the other mode of the account',
    file: 'src/webhooks/stripe-account.service.ts',
    right: 'return livemode !== null && livemode !== this.livemode;',
    wrong: 'return livemode === null && livemode !== this.livemode;',
    tests: ['test/webhooks/stripe-account'],
  },
  {
    name: 'a checkout is stored before the account is checked',
    file: 'src/checkout/checkout.service.ts',
    right: '    await this.admit(deadline);\n',
    wrong: '',
    tests: ['test/webhooks/stripe-account'],
  },
  {
    name: 'a job is asked for even if the transaction is rolled back',
    file: RUNNER,
    right: 'await this.boss.send(jobName, null, { db: fromKysely(transaction), startAfter: afterSeconds });',
    wrong: 'await this.boss.send(jobName, null, { startAfter: afterSeconds });',
    tests: ['test/jobs'],
  },
  {
    name: 'two processes run one job at once',
    file: RUNNER,
    right: "policy: 'singleton',",
    wrong: "policy: 'standard',",
    tests: ['test/jobs'],
  },
  {
    name: 'the timeline can be changed',
    file: 'src/database/migrations/2026-11-22-create-shop.ts',
    right: 'BEFORE UPDATE OR DELETE on "order_events"',
    wrong: 'BEFORE DELETE on "order_events"',
    tests: ['test/orders/orders'],
  },
  {
    name: 'a checkout that was left alone stays alone',
    file: 'src/checkout/recover-checkouts.job.ts',
    right: 'order by next_check_at nulls first, created_at limit ?`,',
    wrong: 'order by next_check_at nulls first, created_at limit 0 * ?`,',
    tests: ['test/checkout/recovery'],
  },
  {
    name: 'a cancelled order stays payable at Stripe',
    file: 'src/orders/cancellation.service.ts',
    right: "return sessionId === null ? 'none' : await this.gateway.expireCheckout(sessionId, deadline);",
    wrong:
      "return sessionId === null || deadline > 0 ? 'none' : await this.gateway.expireCheckout(sessionId, deadline);",
    tests: ['test/orders/cancel-order'],
  },
  {
    name: 'an order that fails holds up the others of its round',
    file: 'src/jobs/backlog.ts',
    right: '.catch((error: unknown) => failures.push({ id: item.id, error }))',
    wrong: '',
    tests: ['test/jobs/job-runner'],
  },
  {
    name: 'refunds are read again and again while Stripe does not answer',
    file: 'src/refunds/refresh-money.job.ts',
    right: '[now, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, orderId, now],',
    wrong: '[now, 0, LONGEST_PAUSE_SECONDS, orderId, now],',
    tests: ['test/refunds/money-news'],
  },
];

await plant('chaos:sabotage', bugs);
