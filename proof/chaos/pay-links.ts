/** Buyers open the links of fees and deposits. */
import type Stripe from 'stripe';
import type { PayLinks } from '../../src/modules/payments/pay.route.js';
import type { Shop } from '../../src/modules.js';
import { count } from './trace.js';
import type { World } from './world.js';

export function openLink(
  world: World,
  { token, name }: { token: string; name: string },
  linksOf: (shop: Shop) => PayLinks,
): void {
  const process = world.anyProcess();
  world.begin(name, process, async () => {
    const address = `http://localhost:4000/api/pay/${token}`;
    const outcome = await linksOf(process.running).open(process.entityManager(), token, address);
    count(world.tally, `link: ${outcome.kind}`);
    if (outcome.kind !== 'redirect') return;
    const [sessionId = ''] = /cs_test_\w+/.exec(outcome.url) ?? [];
    world.pagesShown.add(sessionId);
    await expectOneWay(world, address);
  });
}

/** The pages of a link lead back to it. */
async function expectOneWay(world: World, address: string): Promise<void> {
  // What this turn has left of them is not for the schedule itself.
  world.simulator.faults.clear();
  const { data } = await world.stripe.checkout.sessions.list({ limit: 100, status: 'open' });
  const open = data.filter((session) => session.cancel_url === address && isShown(world, session));
  if (open.length > 1) world.violated('I15', `one link has led to ${open.length} pages that can all be paid`);
}

/** Whether a buyer has the address of a page. */
export function isShown({ pagesShown }: World, { id, metadata }: Stripe.Checkout.Session): boolean {
  return metadata?.purpose === undefined || metadata.purpose === 'order' || pagesShown.has(id);
}
