/** A worker of `npm run proof -- chaos`: runs the schedules that it is sent, one after the other, in a database of its own. */
import { connect } from '../src/connect.js';
import { runSchedule } from './chaos/schedule.js';

const orm = await connect(process.argv[2] ?? '');

process.on('message', (seed: number) => {
  void runSchedule(seed, orm).then(async (outcome) => {
    // What a broken schedule left undone must not be done by the next one.
    if (outcome.violations.length > 0) await emptyTables();
    // Traces of what went well are of no use, and long.
    process.send?.(outcome.violations.length > 0 ? outcome : { ...outcome, trace: [] });
  });
});
process.on('disconnect', () => process.exit());
process.send?.('ready');

async function emptyTables(): Promise<void> {
  await orm.em
    .fork()
    .execute(
      'truncate orders, order_lines, order_events, payments, refunds, disputes, inbox_events, bookings, stripe_accounts cascade',
    );
}
