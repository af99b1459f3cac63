/** What waits for a person, in the schema. */
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypeOf } from '../../platform/graphql/connection.types.js';
import { AttentionAction, AttentionKind } from './attention-kind.js';

registerEnumType(AttentionKind, {
  name: 'AttentionKind',
  description: 'Why something waits for a person.',
  valuesConfig: {
    PAYMENT_UNDER_REVIEW: { description: 'Money arrived that does not match its order, or did not arrive for weeks.' },
    REFUND_FAILED: { description: 'A refund did not reach the buyer, or Stripe rejected it.' },
    REFUND_BLOCKED: { description: 'A refund waits for the end of a dispute.' },
    REFUND_STUCK: { description: 'A refund could not be made for an hour; it is still tried.' },
    REFUNDED_STILL_BOOKED: { description: 'All of the money has gone back, and goods are still to be handed over.' },
    DISPUTED_STILL_BOOKED: {
      description: 'The payment is disputed, or may be a fraud, and goods are still to be handed over.',
    },
    DISPUTE_RESPONSE_DUE: { description: 'A dispute can still be answered, until `dueAt`.' },
    DEPOSIT_ACTION_REQUIRED: {
      description: 'The bank refuses to hold a deposit without the buyer: send them its link, before `dueAt`.',
    },
    DEPOSIT_EXPIRING: {
      description:
        'A deposit could not be renewed, or taken: nothing of it is held after `dueAt`, if anything still is.',
    },
    FEE_UNPAID: { description: 'A buyer has not paid a fee: send them its link, or waive it.' },
    LATE_FEE_PROPOSED: { description: 'A unit came back late, and nothing was charged: proposed until `dueAt`.' },
    WITHDRAWAL_REQUESTED: {
      description: 'A buyer has withdrawn, and no refund has named it: the money has to be back by `dueAt`.',
    },
    RENTAL_OVERDUE: { description: 'A unit has not come back in time.' },
    BOOKING_AT_RISK: { description: 'A booking whose unit is overdue, and may not be ready in time.' },
    WEBHOOK_EVENT_DEAD: { description: 'An event of Stripe’s could not be applied.' },
  },
});

registerEnumType(AttentionAction, {
  name: 'AttentionAction',
  description: 'What a person can do about it: the mutation of that name.',
  valuesConfig: {
    ACCEPT_PAYMENT: { description: 'acceptPayment' },
    REJECT_PAYMENT: { description: 'rejectPayment' },
    REFUND_ORDER: { description: 'refundOrder, with the id of the withdrawal' },
    RETRY_REFUND: { description: 'retryRefund' },
    CLOSE_REFUND: { description: 'closeRefund, once the buyer was paid in another way' },
    CHARGE_FEE: { description: 'chargeFee' },
    DISMISS_LATE_FEE: { description: 'dismissLateFee' },
    CAPTURE_DEPOSIT: { description: 'captureDeposit, while it is held' },
    RELEASE_DEPOSIT: { description: 'releaseDeposit, where it is not needed' },
    WAIVE_FEE: { description: 'waiveFee' },
    CLOSE_WITHDRAWAL: { description: 'closeWithdrawal, where nothing is to be refunded' },
    RELEASE_LINE: { description: 'releaseLine' },
    MARK_FULFILLED: { description: 'markFulfilled, with the confirmation' },
    MARK_PICKED_UP: { description: 'markPickedUp, with the confirmation that is asked for' },
    MARK_RETURNED: { description: 'markReturned' },
    REASSIGN_UNIT: { description: 'reassignUnit' },
    UNBLOCK_UNIT: { description: 'unblockUnit' },
    STAGE_DISPUTE_EVIDENCE: { description: 'stageDisputeEvidence, and files' },
    SUBMIT_DISPUTE_EVIDENCE: { description: 'submitDisputeEvidence' },
    ACCEPT_DISPUTE: { description: 'acceptDispute' },
    REPLAY_WEBHOOK_EVENT: { description: 'replayWebhookEvent' },
  },
});

@ObjectType('AttentionEntry', { description: 'Something that waits for a person.' })
export class AttentionEntryType {
  @Field(() => AttentionKind, { description: 'Why it waits.' })
  kind!: AttentionKind;

  @Field(() => GraphQLDateTime, { description: 'Since when.' })
  since!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it is too late; null where nothing ends.' })
  dueAt!: Date | null;
}

/** One page of what waits. */
export const AttentionConnectionType = connectionTypeOf('Attention', () => AttentionEntryType);
