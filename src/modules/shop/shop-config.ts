/** What is configured of the shop itself. */
export interface ShopConfig {
  /** ISO 4217, upper case. */
  currency: string;
  /** IANA name; decides which calendar day it is. */
  timeZone: string;
}
