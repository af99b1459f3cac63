/** The limits of texts in inputs. */
import { ValidateBy, type ValidationArguments } from 'class-validator';
import { Extensions } from 'type-graphql';
import { isEmpty, lineProblem, linesProblem } from '../kernel/plain-text.js';

/** A name, a key or the like: one line of 1 to so many characters that says something. */
export function Text(longest: number): PropertyDecorator {
  return limited('text', (text) => lineProblem(text, longest));
}

/** Words of people, such as an address or a reason: lines of 1 to so many characters in all. */
export function Lines(longest: number): PropertyDecorator {
  return limited('lines', (text) => linesProblem(text, longest));
}

/** As `Lines`, and empty is a value: what was there is taken away. */
export function LinesOrEmpty(longest: number): PropertyDecorator {
  const limit = limited('linesOrEmpty', (text) =>
    isEmpty(text) && text.length <= longest ? null : linesProblem(text, longest),
  );
  const meaning = Extensions({ emptyIsValue: true });
  return (target, property) => {
    limit(target, property);
    meaning(target, property as string);
  };
}

/** A URL of 1 to so many characters; which ones it may hold is checked where it is compared. */
export function UrlText(longest: number): PropertyDecorator {
  return limited('urlText', (text) =>
    /\S/.test(text) && text.length <= longest ? null : `must have 1 to ${longest} characters`,
  );
}

function limited(name: string, problemOf: (text: string) => string | null): PropertyDecorator {
  const problem = (value: unknown) => (typeof value === 'string' ? problemOf(value) : 'must be text');
  return ValidateBy({
    name,
    validator: {
      validate: (value) => problem(value) === null,
      defaultMessage: (args?: ValidationArguments) => problem(args?.value) ?? 'is rejected',
    },
  });
}
