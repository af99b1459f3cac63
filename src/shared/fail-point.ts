/** Named places at which a process may be made to die, so that tests can show what the others make of it. */

export type FailPoint =
  | 'checkout: before the order is committed'
  | 'checkout: order committed'
  | 'checkout: Stripe answered'
  | 'checkout: before the session is committed'
  | 'checkout: session committed'
  | 'cancel: request committed'
  | 'cancel: Stripe answered'
  | 'webhook: event stored'
  | 'webhook: inside a handler'
  | 'webhook: before the commit'
  | 'webhook: committed'
  | 'return page: Stripe answered'
  | 'recover: Stripe answered'
  | 'expire: Stripe answered'
  | 'refund: claimed'
  | 'refund: Stripe answered'
  | 'refresh: Stripe answered'
  | 'reconcile: page stored'
  | 'reconcile: before the mark';

type Hook = (name: FailPoint) => Promise<void> | void;

let hook: Hook | null = null;

/** Only for tests, and for processes with FAIL_POINTS set, which production refuses. */
export function onFailPoint(reached: Hook | null): void {
  hook = reached;
}

/** Does nothing, unless a test wants the process to end, or to be overtaken, here. */
export async function failPoint(name: FailPoint): Promise<void> {
  if (hook !== null) await hook(name);
}
