/** The table of the control API: each line a method, a path, what it takes and what it does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { anyNumber, ControlError, type ControlRoute, control, nothing } from './control-api.js';
import { createWebhookSecret } from './ids.js';
import type { Delivery, SimulatorControls } from './public-types.js';
import { simulatorSnapshot } from './snapshot.js';

/** What HTTP can carry; anything else would fail only when the answer is sent. */
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be the name of a header');
const headerValue = z.string().regex(/^[\t\x20-\x7e]*$/, 'must be the value of a header');
/** Beyond a few years nothing falls due any more, and dates soon cannot be written. */
const MAX_ADVANCE_SECONDS = 10 * 366 * 24 * 60 * 60;
const seconds = anyNumber.pipe(z.number().min(0).max(MAX_ADVANCE_SECONDS));

const fault = z.intersection(
  z.object({ method: z.string().exactOptional(), path: z.string().startsWith('/').exactOptional() }),
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('status'),
      status: z.int().min(200).max(599),
      code: z.enum(['rate_limit', 'lock_timeout']).exactOptional(),
      body: z.unknown().exactOptional(),
      headers: z.record(headerName, headerValue).exactOptional(),
    }),
    z.object({ kind: z.literal('status-after-work'), status: z.int().min(200).max(599) }),
    z.object({ kind: z.literal('reset-before-work') }),
    z.object({ kind: z.literal('reset-after-work') }),
    z.object({ kind: z.literal('delay'), ms: z.number().min(0) }),
  ]),
);

export function controlRoutes(controls: SimulatorControls): ControlRoute[] {
  return [
    control('GET', '/health', 'answers when the simulator runs', nothing, () => ({ status: 'ok' })),
    ...clockRoutes(controls),
    ...troubleRoutes(controls),
    ...journalRoutes(controls),
    ...webhookRoutes(controls),
    control('GET', '/snapshot', 'all state, as JSON', nothing, () => controls.snapshot()),
    control('POST', '/restore', 'puts back the state of a snapshot', simulatorSnapshot, (snapshot) => {
      controls.restore(snapshot);
    }),
  ];
}

function clockRoutes({ clock }: SimulatorControls): ControlRoute[] {
  const then = async (done: void | Promise<void>) => {
    await done;
    return clock.state();
  };
  return [
    control('GET', '/clock', "the simulator's time", nothing, () => clock.state()),
    control('POST', '/clock', 'moves the clock to {now}', z.strictObject({ now: z.iso.datetime() }), ({ now }) => {
      const distance = (Date.parse(now) - clock.now().getTime()) / 1000;
      if (distance > MAX_ADVANCE_SECONDS) throw new ControlError(400, 'That is too far ahead.', 'now');
      if (distance < 0) throw new ControlError(400, 'The clock cannot go back; restore a snapshot instead.', 'now');
      return then(clock.advance(distance));
    }),
    control('POST', '/clock/freeze', 'stops the clock', nothing, () => then(clock.freeze())),
    control('POST', '/clock/unfreeze', 'lets the clock run on', nothing, () => then(clock.unfreeze())),
    control('POST', '/clock/advance', 'moves the clock by {seconds}', z.strictObject({ seconds }), (input) =>
      then(clock.advance(input.seconds)),
    ),
    control('POST', '/clock/reset', 'back to the time it is', nothing, () => then(clock.reset())),
  ];
}

function troubleRoutes({ chaos, faults }: SimulatorControls): ControlRoute[] {
  const current = () => ({ seed: chaos.seed, plan: chaos.plan() });
  const set = (plan: unknown) => {
    chaos.set(readPlan(plan));
    return current();
  };
  const does = 'sets the plan of what goes wrong by chance';
  return [
    control('GET', '/chaos', 'the seed and the plan of what goes wrong by chance', nothing, current),
    control('POST', '/chaos', `${does}; a form has it as JSON in the field plan`, z.unknown(), set),
    control('PUT', '/chaos', does, z.unknown(), set),
    control('DELETE', '/chaos', 'nothing goes wrong by chance any more', nothing, () => {
      chaos.clear();
      return current();
    }),
    control('POST', '/faults', 'orders a fault, or a list, for the next requests that match', listOf(fault), (list) =>
      faults.failNext(...list),
    ),
    control('DELETE', '/faults', 'calls off the faults that were ordered', nothing, () => faults.clear()),
  ];
}

function journalRoutes(controls: SimulatorControls): ControlRoute[] {
  const filter = z.strictObject({ path: z.string().optional(), method: z.string().optional() });
  return [
    control('GET', '/requests', 'the API requests so far; ?path= (a prefix) and ?method=', filter, (wanted) => {
      const { path = '', method } = wanted;
      const requests = controls.requests().filter((request) => request.path.startsWith(path));
      return {
        requests: requests.filter((request) => method === undefined || request.method === method.toUpperCase()),
      };
    }),
    control('DELETE', '/requests', 'forgets the requests so far', nothing, () => controls.forgetRequests()),
  ];
}

function webhookRoutes({ webhooks, addWebhookEndpoint }: SimulatorControls): ControlRoute[] {
  const filter = z.strictObject({
    event: z.string().optional(),
    endpoint: z.string().optional(),
    state: z.enum(['pending', 'delivered', 'failed', 'dropped']).optional(),
  });
  const isWanted = (delivery: Delivery, { event, endpoint, state }: z.infer<typeof filter>) =>
    (event === undefined || delivery.eventId === event || delivery.eventType === event) &&
    (endpoint === undefined || delivery.endpointId === endpoint) &&
    (state === undefined || delivery.state === state);
  return [
    control(
      'GET',
      '/deliveries',
      'with their attempts; ?event= (id or type), ?endpoint= and ?state=',
      filter,
      (wanted) => {
        return { deliveries: webhooks.deliveries().filter((delivery) => isWanted(delivery, wanted)) };
      },
    ),
    control(
      'POST',
      '/deliveries/resend',
      'sends {delivery} again',
      z.strictObject({ delivery: z.string() }),
      (input) => {
        const delivery = webhooks.deliveries().find(({ id }) => id === input.delivery);
        if (delivery === undefined) throw new ControlError(404, `No such delivery: '${input.delivery}'`, 'delivery');
        orNotFound(() => webhooks.resend(delivery.eventId, delivery.endpointId));
      },
    ),
    control(
      'POST',
      '/events/:id/resend',
      'sends the event again, to all endpoints or to {endpoint}',
      z.strictObject({ endpoint: z.string().optional() }),
      ({ endpoint }, id) => orNotFound(() => webhooks.resend(id, endpoint)),
    ),
    control('POST', '/webhooks/pause', 'holds deliveries back', nothing, () => webhooks.pause()),
    control('POST', '/webhooks/resume', 'lets deliveries go on', nothing, () => webhooks.resume()),
    control(
      'POST',
      '/webhooks/idle',
      'waits until no delivery is in flight, for {timeoutSeconds} at most',
      z.strictObject({ timeoutSeconds: seconds.optional() }),
      ({ timeoutSeconds = 10 }) => isIdleWithin(webhooks.idle(), timeoutSeconds),
    ),
    ...endpointRoutes({ webhooks, addWebhookEndpoint }),
  ];
}

function endpointRoutes({
  webhooks,
  addWebhookEndpoint,
}: Pick<SimulatorControls, 'webhooks' | 'addWebhookEndpoint'>): ControlRoute[] {
  const newEndpoint = z.strictObject({
    url: z.url({ protocol: /^https?$/ }),
    secret: z.string().min(1).optional(),
    enabledEvents: z.array(z.string()).optional(),
  });
  return [
    control('GET', '/webhook_endpoints', 'the webhook endpoints with their secrets', nothing, () => {
      return { webhookEndpoints: webhooks.endpoints() };
    }),
    control('POST', '/webhook_endpoints', 'adds {url, secret?, enabledEvents?}', newEndpoint, (input) => {
      const { url, secret = createWebhookSecret(), enabledEvents = ['*'] } = input;
      return { id: addWebhookEndpoint({ url, secret, enabledEvents }), secret };
    }),
    control(
      'POST',
      '/webhook_endpoints/:id/roll_secret',
      'a new secret; the one before signs as well for {expiresInSeconds}',
      z.strictObject({ expiresInSeconds: seconds.optional() }),
      ({ expiresInSeconds }, id) => orNotFound(() => ({ secret: webhooks.rollSecret(id, expiresInSeconds) })),
    ),
  ];
}

/** One or several. */
function listOf<Item>(item: z.ZodType<Item>): z.ZodType<Item[]> {
  return z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(item));
}

function readPlan(input: unknown): object {
  if (typeof input !== 'object' || input === null) throw new ControlError(400, 'The plan has to be an object.');
  if (!('plan' in input) || typeof input.plan !== 'string') return input;
  try {
    return z.object({}).loose().parse(JSON.parse(input.plan));
  } catch {
    throw new ControlError(400, 'The plan is not a JSON object.', 'plan');
  }
}

/** The operations throw for an id that they do not find. */
function orNotFound<Result>(operation: () => Result): Result {
  try {
    return operation();
  } catch (error) {
    throw new ControlError(404, error instanceof Error ? error.message : String(error), 'id');
  }
}

async function isIdleWithin(idle: Promise<void>, timeoutSeconds: number): Promise<{ idle: boolean }> {
  const timeout = new AbortController();
  const late = sleep(timeoutSeconds * 1000, false, { signal: timeout.signal, ref: false }).catch(() => false);
  const isIdle = await Promise.race([idle.then(() => true), late]);
  timeout.abort();
  return { idle: isIdle };
}
