/** The rate limits of one request, by its viewer and address. */
import type { Viewer } from '../auth/viewer.js';
import { addressKey } from './address-key.js';
import {
  ANONYMOUS_QUOTES_OF_ADDRESS,
  CALENDAR_DAYS_OF_ADDRESS,
  CALENDAR_DAYS_OF_VIEWER,
  CHECKOUTS_OF_ADDRESS,
  CHECKOUTS_OF_BUYER,
  REQUESTS_OF_ADDRESS,
  REQUESTS_OF_BUYER,
  REQUESTS_OF_STAFF,
  UPLOADS_OF_STAFF,
} from './limits.js';
import type { RateLimiter } from './rate-limiter.js';

/** Every method throws DomainError `RATE_LIMITED` once its limit is passed. */
export class RequestLimits {
  private readonly address: string;

  constructor(
    private readonly limiter: RateLimiter,
    ip: string,
  ) {
    this.address = addressKey(ip);
  }

  /** Before the caller is known. */
  async countRequest(): Promise<void> {
    await this.limiter.count(REQUESTS_OF_ADDRESS, this.address);
  }

  async countViewer({ id, isStaff }: Viewer): Promise<void> {
    await this.limiter.count(isStaff ? REQUESTS_OF_STAFF : REQUESTS_OF_BUYER, id);
  }

  /** Once for every field that asks for one, however many are in a document. */
  async countCheckout({ id }: Viewer): Promise<void> {
    await this.limiter.count(CHECKOUTS_OF_BUYER, id);
    await this.limiter.count(CHECKOUTS_OF_ADDRESS, this.address);
  }

  /** Of a file; beside the request itself. */
  async countUpload({ id }: Viewer): Promise<void> {
    await this.limiter.count(UPLOADS_OF_STAFF, id);
  }

  /** Days of the calendars of equipment, of all that a document asks for. */
  async countCalendarDays(viewer: Viewer | null, days: number): Promise<void> {
    await this.limiter.count(CALENDAR_DAYS_OF_ADDRESS, this.address, days);
    if (viewer !== null) await this.limiter.count(CALENDAR_DAYS_OF_VIEWER, viewer.id, days);
  }

  /** As for checkouts; who has signed in is counted as a buyer already, and the calendars of both beside this. */
  async countQuote(viewer: Viewer | null): Promise<void> {
    if (viewer === null) await this.limiter.count(ANONYMOUS_QUOTES_OF_ADDRESS, this.address);
  }
}
