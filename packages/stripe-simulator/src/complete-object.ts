/** A type that makes a builder spell out every field of an API object. */

/**
 * The SDK's type of an object with each of its optional fields required, so that a field that the SDK gains fails to
 * compile until it is filled. `Absent` names the fields that Stripe leaves out of the object in the simulator's cases
 * (unless expanded, or for features that the simulator does not have).
 */
export type Complete<ApiObject, Absent extends keyof ApiObject = never> = {
  [Name in Exclude<keyof ApiObject, Absent>]-?: ApiObject[Name];
};
