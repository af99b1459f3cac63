/** What the package offers to programs that start the simulator in their own process. */
export type { ChaosPlan } from './chaos-plan.js';
export type { Fault } from './faults.js';
export { type StripeSimulator, type StripeSimulatorOptions, startStripeSimulator } from './simulator.js';
export { StateFileError } from './state-file.js';
export { signWebhook } from './webhook-signature.js';
