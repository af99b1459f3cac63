/** Which installation of the shop this is: several may share a Stripe account, and each receives the events of all. */
import type { EntityManager } from '@mikro-orm/postgresql';

export class InstallationService {
  /** @param known from the configuration; null where the id that was generated with the database is used */
  constructor(private known: string | null) {}

  /** A UUID that stays the same as long as the database, or the configuration, does. */
  async id(em: EntityManager): Promise<string> {
    if (this.known !== null) return this.known;
    const [row] = await em.execute<{ id: string }[]>('select installation_id as id from installations');
    if (!row) throw new Error('The database has lost the id of its installation.');
    this.known = row.id;
    return row.id;
  }

  /**
   * Whether an order, or an object at Stripe, was made by another installation than this one.
   *
   * @param installationId null where it was made before installations had ids: it may be anybody's
   */
  async isOfAnother(em: EntityManager, installationId: string | null | undefined): Promise<boolean> {
    return installationId != null && installationId !== (await this.id(em));
  }
}
