/** The rate limits: an honest frontend never reaches them, a script does within seconds. */

export interface Limit {
  /** The prefix of its counters. */
  name: string;
  /** The number of points within the window. */
  points: number;
  windowSeconds: number;
}

/** A household or an office behind one address; bad tokens count, so that guessing them ends here. */
export const REQUESTS_OF_ADDRESS: Limit = { name: 'requests of an address', points: 600, windowSeconds: 60 };

/** Somebody who browses and pays in several tabs; a return page asks once a second. */
export const REQUESTS_OF_BUYER: Limit = { name: 'requests of a buyer', points: 240, windowSeconds: 60 };

/** A counter's screens, refreshed all day, and a night's export. */
export const REQUESTS_OF_STAFF: Limit = { name: 'requests of staff', points: 1_200, windowSeconds: 60 };

/**
 * People who test stolen cards open session after session. A buyer who changes their basket, or whose frontend repeats
 * a request that was not answered, stays far below.
 */
export const CHECKOUTS_OF_BUYER: Limit = { name: 'checkouts of a buyer', points: 20, windowSeconds: 600 };

/** The same with a new account each time. */
export const CHECKOUTS_OF_ADDRESS: Limit = { name: 'checkouts of an address', points: 60, windowSeconds: 600 };

/** Every field of the evidence of several disputes; a script that fills the memory, and Stripe's rate limit, ends here. */
export const UPLOADS_OF_STAFF: Limit = { name: 'uploads of staff', points: 60, windowSeconds: 600 };

/** Availability over many units is work, and asks for no account. */
export const ANONYMOUS_QUOTES_OF_ADDRESS: Limit = {
  name: 'anonymous quotes of an address',
  points: 60,
  windowSeconds: 60,
};

/**
 * A thousand months of single items, fifty pages of twenty items with their next free dates, or ten of the largest
 * baskets.
 */
export const CALENDAR_DAYS_OF_ADDRESS: Limit = {
  name: 'calendar days of an address',
  points: 60_000,
  windowSeconds: 60,
};

/** The same for one who has signed in, from however many addresses. */
export const CALENDAR_DAYS_OF_VIEWER: Limit = {
  name: 'calendar days of a viewer',
  points: 60_000,
  windowSeconds: 60,
};

/**
 * Unpaid orders that hold goods, a buyer: counted in the database, since no shop could sell what strangers have put
 * aside.
 */
export const MAX_OPEN_HOLDS = 5;
