/** The simulator as a program: its ports, its state across restarts, its end, and its command line. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { type StripeSimulatorOptions, startStripeSimulator } from '../src/index.js';
import {
  atEnd,
  eventually,
  PAID_CARD,
  pageUrl,
  sessionParameters,
  start,
  startReceiver,
  startSimulator,
  stripeClient,
  submitCard,
  TestClock,
} from './support.js';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stripe-simulator-'));
  atEnd(() => rm(folder, { recursive: true }));
  return folder;
}

describe('the port', () => {
  test('that is taken is the original error', async () => {
    const { port } = await startSimulator();
    await expect(startSimulator({ port })).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  });

  test('is free again at once, also with connections kept open', async () => {
    const { simulator, stripe } = await start();
    await stripe.accounts.retrieveCurrent();
    await simulator.close();
    const next = await startSimulator({ port: simulator.port });
    expect(next.port).toBe(simulator.port);
    expect((await stripeClient(next).accounts.retrieveCurrent()).object).toBe('account');
  });

  test('answers the health check', async () => {
    const { url } = await startSimulator();
    expect((await fetch(`${url}/_simulator/health`)).status).toBe(200);
    expect((await fetch(`${url}/favicon.ico`)).status).toBe(404);
  });
});

describe('a client', () => {
  test('that leaves in the middle of its request harms nobody', async () => {
    const { port, url } = await startSimulator();
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST /v1/checkout/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nmode=');
    socket.destroy();
    await once(socket, 'close');
    expect((await fetch(`${url}/_simulator/health`)).status).toBe(200);
  });

  test('that sends more than any request may be long is cut off', async () => {
    const { url } = await startSimulator();
    const body = 'x'.repeat(3 * 1024 * 1024);
    await expect(fetch(`${url}/v1/checkout/sessions`, { method: 'POST', body })).rejects.toThrow('fetch failed');
  });
});

describe('closing', () => {
  test('does not wait for webhooks, and may be asked for twice', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => new Promise(() => {}));
    const { simulator, stripe } = await start({ webhookEndpoints: [receiver] });
    await stripe.checkout.sessions.expire((await stripe.checkout.sessions.create(sessionParameters())).id);
    await eventually(() => (receiver.received.length === 1 ? true : undefined));
    await Promise.all([simulator.close(), simulator.close()]);
    expect(simulator.webhooks.deliveries()).toMatchObject([{ state: 'pending', attempts: [] }]);
  });
});

/** A state file is a line of JSON for what is not an object of the API, and one for each object. */
function linesOf(content: string): unknown[][] {
  return content
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('a state file', () => {
  const restartable = async (options: StripeSimulatorOptions = {}) => {
    const stateFile = join(await temporaryFolder(), 'nested', 'state.json');
    return { stateFile, open: () => start({ ...options, stateFile }) };
  };

  test('keeps the objects, the account and the idempotency keys', async () => {
    const { open } = await restartable();
    const before = await open();
    const options = { idempotencyKey: 'order-1' };
    const paid = await before.stripe.checkout.sessions.create(sessionParameters(), options);
    await submitCard(paid, PAID_CARD);
    const account = await before.stripe.accounts.retrieveCurrent();
    await before.simulator.close();

    const { stripe } = await open();
    expect((await stripe.accounts.retrieveCurrent()).id).toBe(account.id);
    const expand = ['payment_intent.latest_charge', 'line_items'];
    expect(await stripe.checkout.sessions.retrieve(paid.id, { expand })).toMatchObject({
      status: 'complete',
      payment_intent: { status: 'succeeded', latest_charge: { status: 'succeeded' } },
      line_items: { data: [{ description: 'Coffee' }] },
    });
    expect((await stripe.events.list()).data).toHaveLength(5);
    const replayed = await stripe.checkout.sessions.create(sessionParameters(), options);
    expect(replayed.id).toBe(paid.id);
    expect(replayed.lastResponse.headers).toMatchObject({ 'idempotent-replayed': 'true' });
  });

  test('keeps the clock where that is wanted: it goes on from where it would be', async () => {
    const clock = new TestClock();
    const { open } = await restartable({ clock, keepsClock: true });
    const before = await open();
    await before.simulator.clock.advance(3 * 86_400);
    await before.simulator.close();
    clock.advanceSeconds(60);
    const again = await open();
    expect(again.simulator.clock.now().getTime() - clock.now().getTime()).toBe(3 * 86_400_000);
    again.simulator.clock.freeze();
    const frozen = again.simulator.clock.state();
    await again.simulator.close();
    clock.advanceSeconds(60);
    expect((await open()).simulator.clock.state()).toEqual(frozen);
  });

  test('keeps an expired session recoverable, at the new address', async () => {
    const { open } = await restartable();
    const before = await open();
    const after_expiration = { recovery: { enabled: true } };
    const { id } = await before.stripe.checkout.sessions.create(sessionParameters({ after_expiration }));
    await before.stripe.checkout.sessions.expire(id);
    await before.simulator.close();
    const { simulator, stripe } = await open();
    const session = await stripe.checkout.sessions.retrieve(id);
    expect(session.after_expiration?.recovery?.url).toBe(`${simulator.url}/c/recover/${id}`);
    expect(session.url).toBeNull();
  });

  test('keeps what a bank is asked for, and what it answers', async () => {
    const { open } = await restartable();
    const before = await open();
    before.simulator.clock.freeze();
    const session = await before.stripe.checkout.sessions.create(sessionParameters());
    const body = new URLSearchParams({ payment_method_type: 'sepa_debit', iban: 'AT611904300234573201' });
    await fetch(pageUrl(session), { method: 'POST', body, redirect: 'manual' });
    await before.simulator.close();
    const { simulator, stripe } = await open();
    simulator.clock.freeze();
    await simulator.clock.advance(5);
    expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe('paid');
  });

  test('holds nothing that was to happen to what is forgotten', async () => {
    const { stateFile, open } = await restartable({ maxObjects: 1 });
    const { simulator, stripe } = await open();
    const manual = { payment_intent_data: { capture_method: 'manual' as const } };
    await submitCard(await stripe.checkout.sessions.create(sessionParameters(manual)), PAID_CARD);
    const debited = await stripe.checkout.sessions.create(sessionParameters());
    const body = new URLSearchParams({ payment_method_type: 'sepa_debit', iban: 'AT611904300234573201' });
    await fetch(pageUrl(debited), { method: 'POST', body, redirect: 'manual' });
    await stripe.paymentIntents.create({ amount: 1000, currency: 'eur' });
    await simulator.close();
    const kept = linesOf(await readFile(stateFile, 'utf8')).slice(1);
    expect(kept.filter(([name]) => name === 'scheduledActions')).toEqual([]);
    expect(kept.filter(([name]) => name === 'sessions')).toMatchObject([['sessions', { id: debited.id }]]);
  });

  test('keeps an open session payable, at the new address', async () => {
    const { open } = await restartable();
    const before = await open();
    const { id } = await before.stripe.checkout.sessions.create(sessionParameters());
    await before.simulator.close();
    const { simulator, stripe } = await open();
    const session = await stripe.checkout.sessions.retrieve(id);
    expect(session.url).toBe(`${simulator.url}/c/pay/${id}`);
    expect((await submitCard(session, PAID_CARD)).status).toBe(303);
  });

  test('keeps a delivery that still waits, which the next start takes up', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => ({ status: 500 }));
    const { open } = await restartable({ webhookEndpoints: [receiver], retryDelaysMs: [60_000] });
    const before = await open();
    await before.stripe.checkout.sessions.expire(
      (await before.stripe.checkout.sessions.create(sessionParameters())).id,
    );
    await before.simulator.webhooks.idle();
    await before.simulator.close();
    receiver.answerWith(() => ({ status: 200 }));
    const { simulator } = await open();
    await simulator.webhooks.idle();
    expect(simulator.webhooks.deliveries()).toMatchObject([
      { state: 'delivered', attempts: [{ status: 500 }, { status: 200 }] },
    ]);
    expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
  });

  test('is written while the simulator runs, whole or not at all', async () => {
    const { stateFile, open } = await restartable();
    const { stripe } = await open();
    const { id } = await stripe.checkout.sessions.create(sessionParameters());
    const content = await eventually(() => readFile(stateFile, 'utf8').catch(() => undefined));
    const [header, ...lines] = linesOf(content);
    expect(header).toMatchObject({ version: 6, objects: { sessions: [] } });
    expect(lines).toContainEqual(['sessions', expect.objectContaining({ id })]);
    expect(await readdir(join(stateFile, '..'))).toEqual(['state.json']);
  });

  test('keeps the objects, and not where the clock stood', async () => {
    const { open } = await restartable();
    const before = await open();
    const { id } = await before.stripe.checkout.sessions.create(sessionParameters());
    before.simulator.clock.freeze();
    await before.simulator.clock.advance(3600);
    await before.simulator.close();
    const { simulator, stripe } = await open();
    expect(simulator.clock.state().isFrozen).toBe(false);
    expect(Math.abs(simulator.clock.now().getTime() - Date.now())).toBeLessThan(1000);
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('open');
  });

  test('that cannot be written is said while it runs, and at the end', async () => {
    const { stateFile } = await restartable();
    await mkdir(`${stateFile}.tmp`, { recursive: true });
    const consoleError = jest.spyOn(console, 'error').mockImplementation(() => {});
    const simulator = await startStripeSimulator({ stateFile });
    await stripeClient(simulator).checkout.sessions.create(sessionParameters());
    await eventually(() => (consoleError.mock.calls.length > 0 ? true : undefined));
    expect(String(consoleError.mock.calls[0])).toContain(`could not save its state to ${stateFile}`);
    await expect(simulator.close()).rejects.toThrow('EISDIR');
    consoleError.mockRestore();
  });

  test('that cannot be read is the original error', async () => {
    await expect(startSimulator({ stateFile: await temporaryFolder() })).rejects.toMatchObject({ code: 'EISDIR' });
  });

  test.each(['not json', '{}', 'null', '{"version":5,"objects":null}', '{"version":5,"objects":{}}'])(
    'that holds %s stops the start and is named',
    async (content) => {
      const stateFile = join(await temporaryFolder(), 'state.json');
      await writeFile(stateFile, content);
      await expect(startSimulator({ stateFile })).rejects.toThrow(`${stateFile} is not a state file`);
      expect(await readFile(stateFile, 'utf8')).toBe(content);
    },
  );
});

describe('the dashboard', () => {
  test('lists sessions, payments, events and deliveries', async () => {
    const receiver = await startReceiver();
    const { simulator, stripe } = await start({ webhookEndpoints: [receiver] });
    const open = await stripe.checkout.sessions.create(sessionParameters({ client_reference_id: '<order 1>' }));
    const paid = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(paid, PAID_CARD);
    await simulator.webhooks.idle();
    const html = await (await fetch(simulator.url)).text();
    const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(paid.id);
    for (const text of [
      `href="/c/pay/${open.id}"`,
      '&lt;order 1&gt;',
      String(intent),
      'charge.updated',
      receiver.url,
    ]) {
      expect(html).toContain(text);
    }
    expect(html).not.toContain(`href="/c/pay/${paid.id}"`);
  });

  test('expires a session and resends an event at the press of a button', async () => {
    const receiver = await startReceiver();
    const { simulator, stripe } = await start({ webhookEndpoints: [receiver] });
    const { id } = await stripe.checkout.sessions.create(sessionParameters());
    const press = (path: string) =>
      fetch(simulator.url + path, { method: 'POST', body: new URLSearchParams(), redirect: 'manual' });
    expect((await press(`/_simulator/checkout/sessions/${id}/expire`)).headers.get('location')).toBe('/');
    expect((await press(`/_simulator/checkout/sessions/${id}/expire`)).status).toBe(303);
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('expired');
    await simulator.webhooks.idle();
    expect((await press(`/_simulator/events/${receiver.received[0]?.event.id}/resend`)).status).toBe(303);
    await simulator.webhooks.idle();
    expect(receiver.types()).toEqual(['checkout.session.expired', 'checkout.session.expired']);
    expect((await press('/_simulator/events/evt_none/resend')).status).toBe(404);
    expect((await press('/_simulator/checkout/sessions/cs_none/expire')).status).toBe(404);
  });
});

const ENTRY = new URL('../bin/stripe-simulator.js', import.meta.url).pathname;

describe('the command line', () => {
  function run(...parameters: string[]) {
    const source = ['--conditions=comptoir-source', '--import', 'tsx'];
    const child = spawn(process.execPath, [...source, ENTRY, ...parameters], { stdio: 'pipe' });
    const output = { text: '' };
    child.stdout.on('data', (chunk) => (output.text += String(chunk)));
    child.stderr.on('data', (chunk) => (output.text += String(chunk)));
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    atEnd(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    return { child, output, exited };
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('starts, serves, delivers, and ends well on %s', async (signal) => {
    const receiver = await startReceiver();
    const { child, output, exited } = run(
      '--port',
      '0',
      '--webhook',
      receiver.url,
      '--webhook-secret',
      receiver.secret,
    );
    const url = await eventually(() => /http:\/\/127\.0\.0\.1:\d+(?=\/v1)/.exec(output.text)?.[0]);
    // A line of its own, which may arrive after the first.
    await eventually(() => output.text.includes(receiver.url) || undefined);
    const { hostname, port } = new URL(url);
    const stripe = stripeClient({ host: hostname, port: Number(port) });
    await stripe.checkout.sessions.expire((await stripe.checkout.sessions.create(sessionParameters())).id);
    await eventually(() => (receiver.received.length === 1 ? true : undefined));
    child.kill(signal);
    expect(await exited).toBe(0);
  });

  test.each([
    [['--port', 'many'], '--port many is not a port number.'],
    [['--seed', '1.5'], '--seed 1.5 is not a whole number from 0 upwards.'],
    [['--max-objects', '0'], '--max-objects 0 is not a whole number from 1 upwards.'],
    [['--chaos', '/none.json'], '--chaos /none.json: ENOENT'],
    [['--colour'], "Unknown option '--colour'"],
  ])('%j says what is wrong with it', async (parameters, message) => {
    const { output, exited } = run(...parameters);
    expect(await exited).toBe(2);
    expect(output.text).toContain(message);
    expect(output.text).toContain('Usage: stripe-simulator');
  });

  test('takes a seed, a plan, a cap, and logs when asked to', async () => {
    const plan = join(await temporaryFolder(), 'chaos.json');
    await writeFile(plan, JSON.stringify({ requests: { status500: 1 } }));
    const { output } = run('--port', '0', '--seed', '42', '--chaos', plan, '--max-objects', '5', '--log');
    const url = await eventually(() => /http:\/\/127\.0\.0\.1:\d+(?=\/v1)/.exec(output.text)?.[0]);
    await eventually(() => output.text.includes('Seed 42, with chaos') || undefined);
    expect((await fetch(`${url}/v1/account`)).status).toBe(500);
    await eventually(() => output.text.includes(' GET /v1/account 500') || undefined);
  });

  test('rejects a plan that is none, and names the file', async () => {
    const plan = join(await temporaryFolder(), 'chaos.json');
    await writeFile(plan, JSON.stringify({ requests: { status500: 2 } }));
    const { output, exited } = run('--chaos', plan);
    expect(await exited).toBe(2);
    expect(output.text).toContain(`--chaos ${plan}: Chaos plan, requests.status500:`);
  });

  test('explains itself', async () => {
    const { output, exited } = run('--help');
    expect(await exited).toBe(0);
    expect(output.text).toContain('--chaos FILE');
  });

  test('refuses to start on a Node that is too old, before anything else is read', async () => {
    const fakedVersion = `Object.defineProperty(process.versions, 'node', { value: '18.20.0' })`;
    const faking = ['--import', `data:text/javascript,${encodeURIComponent(fakedVersion)}`];
    const child = spawn(process.execPath, [...faking, ENTRY], { stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(output).toMatch(/^The Stripe simulator needs Node 20 or newer, and this is 18\.20\.0: see https:\S+\n$/);
  });

  test('names a port that is taken', async () => {
    const { port } = await startSimulator();
    const { output, exited } = run('--port', String(port));
    expect(await exited).toBe(1);
    expect(output.text).toContain(`Port ${port} is in use`);
  });
});
