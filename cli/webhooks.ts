/**
 * `npm run comptoir -- webhooks list [--status DEAD] [--first 20]`, `show <event id> [--body]` and `replay <event id>`:
 * Stripe's events as they are stored.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { type InboxEvent, InboxState } from '../src/modules/webhooks/inbox-event.entity.js';
import type { Shop } from '../src/modules.js';
import { DomainError } from '../src/platform/kernel/domain-error.js';
import { withServices } from './command-services.js';
import { CommandError, chosen, readArguments, runProgram, UsageError, wholeNumber } from './program.js';

const USAGE = `Usage:
  npm run comptoir -- webhooks list [--status ${Object.values(InboxState).join('|')}] [--first 20]
  npm run comptoir -- webhooks show <event id> [--body]     --body prints what Stripe sent, personal data included
  npm run comptoir -- webhooks replay <event id>            applies it once more, which is safe any number of times`;

interface Options {
  id: string | undefined;
  status?: string | undefined;
  first: number;
  body: boolean;
}

const commands: Record<string, (services: Shop, em: EntityManager, options: Options) => Promise<void>> = {
  async list({ webhookEvents }, em, { status, first }) {
    const { items, hasNextPage } = await webhookEvents.list(em, { status: statusOf(status), first });
    for (const event of items) console.log(line(event));
    if (items.length === 0) console.log('No events.');
    if (hasNextPage) console.log('… and older ones: --first shows up to 100.');
  },

  async show({ webhookEvents }, em, { id, body }) {
    const event = await webhookEvents.find(em, known(id));
    if (event === null) throw new CommandError(`There is no event ${id}.`);
    const { body: _body, ...columns } = event;
    console.log(JSON.stringify(columns, null, 2));
    if (body) console.log((await webhookEvents.bodyOf(em, event.id))?.toString('utf8'));
  },

  async replay({ webhookEvents, account }, em, { id }) {
    // Does not call Stripe: events can be replayed while it does not respond.
    await account.isOurs();
    if (account.problem() !== null) throw new CommandError('Nothing was done.');
    console.log(line(await webhookEvents.replay(em, known(id))));
  },
};

await runProgram(async () => {
  const { values, positionals } = readArguments(
    USAGE,
    {
      status: { type: 'string' },
      first: { type: 'string', default: '20' },
      body: { type: 'boolean', default: false },
    },
    2,
  );
  const [name, id] = positionals;
  const command = chosen(USAGE, commands, name);
  const options = { id, ...values, first: wholeNumber('first', values.first, 1) };
  await withServices((services, orm) => command(services, orm.em.fork(), options)).catch((error: unknown) => {
    throw error instanceof DomainError ? new CommandError(error.message) : error;
  });
});

function statusOf(text: string | undefined): InboxState | null {
  if (text === undefined) return null;
  const status = Object.values(InboxState).find((state) => state === text.toUpperCase());
  if (!status) throw new UsageError(`"${text}" is no status.\n${USAGE}`);
  return status;
}

function known(id: string | undefined): string {
  if (id === undefined) throw new UsageError(`Say which event.\n${USAGE}`);
  return id;
}

function line({ id, receivedAt, state, type, attempts, orderId, error }: InboxEvent): string {
  const parts = [receivedAt.toISOString(), state.padEnd(9), id, type, `tried ${attempts}×`];
  return [...parts, orderId ? `order ${orderId}` : '', error ?? ''].filter((part) => part !== '').join('  ');
}
