/** The part of the control API that plays the buyers' banks and the card networks. */
import { z } from 'zod';
import {
  type BankActions,
  CAPTURE_REFUSALS,
  DISPUTE_KINDS,
  DISPUTE_REASONS,
  FRAUD_TYPES,
  REFUND_FAILURE_REASONS,
  REFUND_PENDING_REASONS,
} from './bank-types.js';
import { type ControlRoute, control, nothing, wholeNumber } from './control-api.js';
import { stateful } from './control-objects.js';

/** Stripe learns within 30 days that a refund failed; banks have taken longer. */
const MAX_REFUND_DAYS = 180;
/** Beyond what any network gives. */
const MAX_ANSWER_DAYS = 60;

export function controlBankRoutes(bank: BankActions): ControlRoute[] {
  return [...chargeRoutes(bank), ...holdRoutes(bank), ...disputeRoutes(bank), ...refundRoutes(bank)];
}

/** Two reasons may stand in the place of the kind: a chargeback for them. */
const opening = z
  .strictObject({
    kind: z.enum([...DISPUTE_KINDS, 'fraudulent', 'product_not_received']).optional(),
    reason: z.enum(DISPUTE_REASONS).optional(),
    amount: wholeNumber.optional(),
    answerDays: wholeNumber.pipe(z.number().max(MAX_ANSWER_DAYS)).optional(),
    takesCompellingEvidence: z.boolean().optional(),
  })
  .transform(({ kind, ...given }) => {
    if (kind !== 'fraudulent' && kind !== 'product_not_received') return { ...given, kind };
    return { ...given, reason: given.reason ?? kind };
  });

const warning = z.strictObject({ fraudType: z.enum(FRAUD_TYPES).optional() });

function chargeRoutes(bank: BankActions): ControlRoute[] {
  return [
    control(
      'POST',
      '/charges/:id/dispute',
      'disputes {amount} of a charge, or all that is left, as {kind} for {reason}, to be answered in {answerDays}',
      opening,
      (input, id) => stateful(() => bank.openDispute(id, input)),
    ),
    control(
      'POST',
      '/charges/:id/early_fraud_warning',
      "warns of a payment in its bank's place, for {fraudType}",
      warning,
      ({ fraudType }, id) => stateful(() => bank.warnOfFraud(id, fraudType)),
    ),
  ];
}

const lostHold = z.strictObject({ refusal: z.enum(CAPTURE_REFUSALS).optional() });

function holdRoutes(bank: BankActions): ControlRoute[] {
  return [
    control('POST', '/charges/:id/expire_hold', 'ends an authorization before its time', nothing, (_input, id) =>
      stateful(() => bank.expireHold(id)),
    ),
    control(
      'POST',
      '/charges/:id/lose_hold',
      'lets go of held money without telling Stripe: captures fail with {refusal}',
      lostHold,
      ({ refusal }, id) => stateful(() => bank.loseHold(id, refusal)),
    ),
  ];
}

const outcome = z.strictObject({ outcome: z.enum(['won', 'lost']) });

function disputeRoutes(bank: BankActions): ControlRoute[] {
  return [
    control('POST', '/disputes/:id/escalate', 'makes an inquiry a chargeback', nothing, (_input, id) =>
      stateful(() => bank.escalateInquiry(id)),
    ),
    control('POST', '/disputes/:id/close', "decides a dispute in the bank's place: {outcome}", outcome, (input, id) =>
      stateful(() => bank.decideDispute(id, input.outcome)),
    ),
    control('POST', '/disputes/:id/appeal', 'lets a lost dispute be answered once more', nothing, (_input, id) =>
      stateful(() => bank.openAppeal(id)),
    ),
    control('POST', '/disputes/:id/win_appeal', 'gives the money of a lost dispute back', nothing, (_input, id) =>
      stateful(() => bank.winAppeal(id)),
    ),
  ];
}

const failure = z.strictObject({
  reason: z.enum(REFUND_FAILURE_REASONS).optional(),
  afterDays: wholeNumber.pipe(z.number().max(MAX_REFUND_DAYS)).optional(),
});
const hold = z.strictObject({ reason: z.enum(REFUND_PENDING_REASONS) });
const reference = z.strictObject({
  status: z.enum(['available', 'unavailable']).exactOptional(),
  type: z.enum(['refund', 'reversal']).exactOptional(),
});

function refundRoutes(bank: BankActions): ControlRoute[] {
  return [
    control('POST', '/refunds/:id/succeed', 'lets a refund that waits succeed', nothing, (_input, id) =>
      stateful(() => bank.succeedRefund(id)),
    ),
    control('POST', '/refunds/:id/fail', 'lets a refund fail for {reason}, {afterDays} later', failure, (input, id) =>
      stateful(() => bank.failRefund(id, input)),
    ),
    control('POST', '/refunds/:id/hold', 'keeps a refund pending for {reason}', hold, (input, id) =>
      stateful(() => bank.holdRefund(id, input.reason)),
    ),
    control('POST', '/refunds/:id/require_action', 'makes a refund wait for the buyer', nothing, (_input, id) =>
      stateful(() => bank.requireRefundAction(id)),
    ),
    control(
      'POST',
      '/refunds/:id/reference',
      'says by which reference a bank finds the refund: {status}, {type}',
      reference,
      (input, id) => stateful(() => bank.showRefundReference(id, input)),
    ),
  ];
}
