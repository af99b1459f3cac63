/** A field of the checkout page's form: its label, its control and what is wrong with it. */
import type { EnteredFields, FormField, FormProblems } from '../form-problems.js';
import type { CheckoutTexts } from './checkout-texts.js';
import { type Html, html } from './html.js';

/** The form as the last attempt left it. */
export interface FormState {
  /** What went wrong with the attempt as a whole. */
  alert: string | null;
  problems: FormProblems;
  entered: EnteredFields;
}

export interface FieldFrame {
  texts: CheckoutTexts;
  state: FormState;
}

export function inputField(frame: FieldFrame, name: FormField, attributes: Html, label: Html | null = null): Html {
  return labelled(frame, name, label, html`<input id="${name}" name="${name}" ${attributes}${marks(frame, name)}>`);
}

export function optionalField(frame: FieldFrame, name: FormField, attributes: Html): Html {
  const label = html`${frame.texts.fields[name]} <span class="quiet">(${frame.texts.optional})</span>`;
  return inputField(frame, name, attributes, label);
}

export function selectField(frame: FieldFrame, name: FormField, attributes: Html, options: Html[]): Html {
  const control = html`<select id="${name}" name="${name}" ${attributes}${marks(frame, name)}>${options}</select>`;
  return labelled(frame, name, null, control);
}

function labelled({ texts, state }: FieldFrame, name: FormField, label: Html | null, control: Html): Html {
  const problem = state.problems[name];
  return html`<div class="field">
<label for="${name}">${label ?? texts.fields[name]}</label>
${control}
${problem === undefined ? null : html`<p class="wrong" id="${name}-problem">${texts.problems[problem]}</p>`}
</div>`;
}

function marks({ state }: FieldFrame, name: FormField): Html {
  const isWrong = state.problems[name] !== undefined;
  return html`${isWrong ? html` aria-invalid="true" aria-describedby="${name}-problem"` : null}${
    isToCorrect(name, state) ? html` autofocus` : null
  }`;
}

/** After a failure the page opens where there is something to correct: on a phone that is far below its top. */
function isToCorrect(name: FormField, { alert, problems, entered }: FormState): boolean {
  const instrument = entered.payment_method_type === 'sepa_debit' ? 'iban' : 'card_number';
  const [first = instrument] = Object.keys(problems);
  return alert !== null && name === first;
}
