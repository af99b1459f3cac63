/**
 * What other tests of this worker left behind, put aside: a round of jobs has room for so many, lists show the newest
 * first, and some tests' clocks were weeks ahead.
 */
import type { TestApp } from './test-app.js';

const FAR_FUTURE = '2999-01-01T00:00:00Z';

export async function putLeftoversAside({ orm }: TestApp): Promise<void> {
  const em = orm.em.fork();
  await em.execute(`update orders set next_check_at = ? where status in ('PENDING', 'PAYMENT_FAILED', 'PROCESSING')`, [
    FAR_FUTURE,
  ]);
  await em.execute(`update refunds set next_attempt_at = ? where state = 'DUE'`, [FAR_FUTURE]);
  await em.execute('update inbox_events set next_attempt_at = ? where next_attempt_at is not null', [FAR_FUTURE]);
  await em.execute(`update payments set received_at = now() - interval '10 days'`);
  await em.execute(`update inbox_events set received_at = now() - interval '10 days'`);
}
