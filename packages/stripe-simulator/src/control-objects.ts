/** What the routes of the control API share that act on an object: how they tell its absence, and what its state forbids. */
import { ControlError } from './control-api.js';
import { StripeApiError } from './errors.js';

/** What Stripe would reject is rejected here in the same words. */
export function stateful<Result>(operation: () => Result): Result {
  try {
    return operation();
  } catch (error) {
    if (!(error instanceof StripeApiError)) throw error;
    throw new ControlError(error.status === 404 ? 404 : 409, error.message, error.fields.param ?? null);
  }
}
