/** The limits of texts in inputs. */
import { ValidateBy } from 'class-validator';

/**
 * Text of 1 to so many characters that says something: blanks alone are no name and no address. Characters
 * are code points, as the database counts them; class-validator's own Length leaves some uncounted.
 */
export function Text(longest: number): PropertyDecorator {
  return ValidateBy({
    name: 'text',
    validator: {
      validate: (value) => typeof value === 'string' && /\S/.test(value) && [...value].length <= longest,
      defaultMessage: () => `must have 1 to ${longest} characters, and not blanks alone`,
    },
  });
}

/** Text of up to so many characters, which may be empty. */
export function OptionalText(longest: number): PropertyDecorator {
  return ValidateBy({
    name: 'optionalText',
    validator: {
      validate: (value) => typeof value === 'string' && [...value].length <= longest,
      defaultMessage: () => `must have at most ${longest} characters`,
    },
  });
}
