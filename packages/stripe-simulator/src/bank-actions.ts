/** What a test, or a person, does in the place of the buyers' banks and the card networks. */
import type { BankActions } from './bank-types.js';
import { decideDispute, escalateInquiry, openAppeal, winAppeal } from './dispute-decisions.js';
import { usualReason } from './dispute-kinds.js';
import { openDispute } from './disputing.js';
import { missingObject } from './errors.js';
import { NO_REQUEST } from './event-recorder.js';
import { warnOfFraud } from './fraud-warnings.js';
import { expireHold, loseHold } from './holds.js';
import {
  failRefund,
  failRefundLater,
  holdRefund,
  requireRefundAction,
  showReference,
  succeedRefund,
} from './refund-outcomes.js';
import type { Simulation } from './simulation.js';

export function bankActions(simulation: Simulation): BankActions {
  const { charges, disputes, refunds } = simulation.store;
  const charge = (id: string) => found(charges.get(id), 'charge', id);
  const dispute = (id: string) => found(disputes.get(id), 'dispute', id);
  const refund = (id: string) => found(refunds.get(id), 'refund', id);
  return {
    openDispute: (id, { kind = 'card', reason = usualReason(kind), amount = null, ...rest } = {}) =>
      openDispute(simulation, charge(id), { kind, reason, amount, ...rest }),
    escalateInquiry: (id) => escalateInquiry(simulation, dispute(id)),
    decideDispute: (id, outcome) => decideDispute(simulation, dispute(id), outcome, NO_REQUEST),
    openAppeal: (id) => openAppeal(simulation, dispute(id)),
    winAppeal: (id) => winAppeal(simulation, dispute(id)),
    warnOfFraud: (id, fraudType = 'misc') => warnOfFraud(simulation, charge(id), fraudType),
    expireHold: (id) => expireHold(simulation, charge(id)),
    loseHold: (id, refusal = 'capture_charge_authorization_expired') => loseHold(simulation, charge(id), refusal),
    succeedRefund: (id) => succeedRefund(simulation, refund(id)),
    failRefund: (id, { reason = 'expired_or_canceled_card', afterDays } = {}) =>
      afterDays === undefined
        ? failRefund(simulation, refund(id), reason)
        : failRefundLater(simulation, refund(id), reason, afterDays),
    holdRefund: (id, reason) => holdRefund(simulation, refund(id), reason),
    requireRefundAction: (id) => requireRefundAction(simulation, refund(id)),
    showRefundReference: (id, { status = 'available', type = 'refund' } = {}) =>
      showReference(simulation, refund(id), { status, type }),
  };
}

function found<Item>(item: Item | undefined, objectType: string, id: string): Item {
  if (item === undefined) throw missingObject(objectType, id);
  return item;
}
