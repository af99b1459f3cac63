/** Money for people. */
import { Arg, FieldResolver, Resolver, Root } from 'type-graphql';
import { DomainError } from '../kernel/domain-error.js';
import { formatMoney, type Money } from '../kernel/money.js';
import { MoneyType } from './money.types.js';

// The shop's own language.
const DEFAULT_LOCALE = 'fr-FR';

@Resolver(() => MoneyType)
export class MoneyResolver {
  @FieldResolver(() => String, { description: 'The amount for people, such as "12,50 €".' })
  formatted(
    @Root() money: Money,
    @Arg('locale', () => String, {
      nullable: true,
      defaultValue: DEFAULT_LOCALE,
      description: 'A BCP 47 tag such as fr-FR or en.',
    })
    locale: string | null,
  ): string {
    try {
      return formatMoney(money, locale ?? DEFAULT_LOCALE);
    } catch (error) {
      if (error instanceof RangeError) throw DomainError.badInput('locale', 'is not a language tag such as fr-FR');
      throw error;
    }
  }
}
