/** Configuration of the shop itself. */
export interface ShopConfig {
  /** ISO 4217, upper case. */
  currency: string;
  /** IANA name; decides which calendar day it is. */
  timeZone: string;
}

/** What the shop says of itself. */
export interface ShopDetails extends ShopConfig {
  /** As buyers know it. */
  name: string;
  /** Which version of its terms the shop sells under now; null where it does not say. */
  termsVersion: string | null;
}
