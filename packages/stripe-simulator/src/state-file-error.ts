/** The state file cannot be used. Says what to do about it; nothing in the program is wrong. */
export class StateFileError extends Error {}
