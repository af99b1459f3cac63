/** What staff ask for under a key, which is to be done once, however often it is sent. */
import type { StaffRequest, World } from './world.js';

/** Sends it, for the first time or again, to any process. */
export function send(world: World, request: StaffRequest): void {
  const isNew = !world.staffRequests.includes(request);
  if (isNew) world.staffRequests.push(request);
  const process = world.anyProcess();
  world.begin(`${isNew ? '' : 'again: '}${request.name}`, process, async () => {
    const id = await request.ask(process, process.entityManager(), false);
    const { returnedId, name } = request;
    if (returnedId !== null && returnedId !== id) world.violated('I12', `a key did two things: ${name}`);
    request.returnedId = id;
  });
}
