/** What staff ask for about disputes: sent, sent again, and once more when they never got an answer. */
import { DomainError } from '../../src/platform/kernel/domain-error.js';
import type { ShopProcess } from './shop-process.js';
import type { DisputeRequest, World } from './world.js';

/** Sends it to a process, for the first time or again. */
export function sendTo(process: ShopProcess, world: World, request: DisputeRequest): void {
  const isNew = !world.disputeRequests.includes(request);
  if (isNew) world.disputeRequests.push(request);
  world.begin(`${isNew ? '' : 'again: '}${request.name}`, process, () => answerOf(world, process, request));
}

/** Once nothing fails any more, what was to be sent again is answered. */
export async function sendUnanswered(world: World): Promise<void> {
  for (const request of world.disputeRequests.filter(({ isAnswered }) => !isAnswered)) {
    world.trace.add(`once more: ${request.name}`);
    const error = await answerOf(world, world.anyProcess(), request).catch((reason: unknown) => reason);
    const isRejected = error === undefined || (error instanceof DomainError && request.isAnswered);
    if (!isRejected) world.violated('rest', `what staff were to send again is not answered: ${request.name}: ${error}`);
  }
}

async function answerOf(world: World, process: ShopProcess, request: DisputeRequest): Promise<void> {
  try {
    await request.ask(process);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    request.isAnswered ||= error.code !== 'PAYMENT_PROVIDER_UNAVAILABLE' && error.code !== 'INTERNAL_SERVER_ERROR';
    if (error.code === 'DISPUTE_NOT_ANSWERABLE') await expectOver(world, request, error);
    throw error;
  }
  request.isAnswered = true;
}

/** Those who submit what another is just submitting do not get the response that Stripe takes no answer. */
async function expectOver(world: World, { name, disputeId }: DisputeRequest, error: DomainError): Promise<void> {
  if (!name.startsWith('staff submit') || !error.message.includes('rejected by the payment provider')) return;
  // What this turn has left of them is not for the schedule itself.
  world.simulator.faults.clear();
  const { status } = await world.stripe.disputes.retrieve(disputeId);
  if (status.endsWith('under_review')) world.violated('I12', `evidence of ${disputeId} was submitted twice`);
}
