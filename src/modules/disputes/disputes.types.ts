/** Disputes in the schema. */
import { ArrayMaxSize, IsOptional, ValidateNested } from 'class-validator';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionTypeOf } from '../../platform/graphql/connection.types.js';
import { Lines } from '../../platform/graphql/text.input.js';
import type { Dispute } from './dispute.entity.js';
import { EvidenceFileField, EvidenceTextField, MAX_EVIDENCE_TEXT } from './dispute-evidence.js';
import { DisputeStanding } from './disputes.service.js';

/** Stripe's words, and what it may add. */
export enum DisputeProgress {
  WARNING_NEEDS_RESPONSE = 'WARNING_NEEDS_RESPONSE',
  WARNING_UNDER_REVIEW = 'WARNING_UNDER_REVIEW',
  WARNING_CLOSED = 'WARNING_CLOSED',
  NEEDS_RESPONSE = 'NEEDS_RESPONSE',
  UNDER_REVIEW = 'UNDER_REVIEW',
  WON = 'WON',
  LOST = 'LOST',
  APPEAL_NEEDS_RESPONSE = 'APPEAL_NEEDS_RESPONSE',
  APPEAL_UNDER_REVIEW = 'APPEAL_UNDER_REVIEW',
  PREVENTED = 'PREVENTED',
  OTHER = 'OTHER',
}

registerEnumType(DisputeProgress, {
  name: 'DisputeProgress',
  description: 'Where a dispute stands, in Stripe’s words.',
  valuesConfig: {
    WARNING_NEEDS_RESPONSE: { description: 'An inquiry, which waits for the shop; no money was withdrawn.' },
    WARNING_UNDER_REVIEW: { description: 'An inquiry, which waits for the bank.' },
    WARNING_CLOSED: { description: 'An inquiry that did not become a dispute.' },
    NEEDS_RESPONSE: { description: 'It waits for the shop’s evidence.' },
    UNDER_REVIEW: { description: 'It waits for the bank.' },
    WON: { description: 'The shop keeps the money.' },
    LOST: { description: 'The buyer keeps the money.' },
    APPEAL_NEEDS_RESPONSE: { description: 'It was lost, and can be answered once more.' },
    APPEAL_UNDER_REVIEW: { description: 'It was lost, and the bank looks at it again.' },
    PREVENTED: { description: 'It ended before it became a dispute; `amountTaken` says what it cost.' },
    OTHER: { description: 'Something that Stripe has added.' },
  },
});

registerEnumType(DisputeStanding, {
  name: 'DisputeStanding',
  description: 'Where a dispute stands for the shop.',
  valuesConfig: {
    NEEDS_RESPONSE: { description: 'It can still be answered.' },
    MISSED: { description: 'Nobody answered in time, or it cannot be answered; the bank has not decided yet.' },
    UNDER_REVIEW: { description: 'It was answered, or asks for nothing, and is not decided.' },
    CLOSED: { description: 'It is decided.' },
  },
});

registerEnumType(EvidenceTextField, {
  name: 'EvidenceTextField',
  description: 'What a text is evidence of, as Stripe names it.',
  valuesConfig: {
    ACCESS_ACTIVITY_LOG: { description: 'How the buyer used it.' },
    BILLING_ADDRESS: { description: 'The buyer’s address.' },
    CANCELLATION_POLICY_DISCLOSURE: { description: 'How the buyer was shown the rules for canceling.' },
    CANCELLATION_REBUTTAL: { description: 'Why the buyer was not entitled to cancel.' },
    CUSTOMER_EMAIL_ADDRESS: { description: 'The buyer’s e-mail address.' },
    CUSTOMER_NAME: { description: 'The buyer’s name.' },
    CUSTOMER_PURCHASE_IP: { description: 'The address that the order came from.' },
    DUPLICATE_CHARGE_EXPLANATION: { description: 'How this payment differs from the other one.' },
    DUPLICATE_CHARGE_ID: { description: 'Stripe’s id of the other payment.' },
    PRODUCT_DESCRIPTION: { description: 'What was sold.' },
    REFUND_POLICY_DISCLOSURE: { description: 'How the buyer was shown the rules for refunds.' },
    REFUND_REFUSAL_EXPLANATION: { description: 'Why the buyer is not entitled to a refund.' },
    SERVICE_DATE: { description: 'When the rental began.' },
    SHIPPING_ADDRESS: { description: 'Where it was sent.' },
    SHIPPING_CARRIER: { description: 'Who carried it.' },
    SHIPPING_DATE: { description: 'When it was sent.' },
    SHIPPING_TRACKING_NUMBER: { description: 'The carrier’s number.' },
    UNCATEGORIZED_TEXT: { description: 'Anything else.' },
  },
});

registerEnumType(EvidenceFileField, {
  name: 'EvidenceFileField',
  description: 'What a file is evidence of: its name in `PUT /api/disputes/:id/evidence/:field`, in lower case.',
  valuesConfig: {
    CANCELLATION_POLICY: { description: 'The rules for canceling.' },
    CUSTOMER_COMMUNICATION: { description: 'What the buyer wrote.' },
    CUSTOMER_SIGNATURE: { description: 'The buyer’s signature.' },
    DUPLICATE_CHARGE_DOCUMENTATION: { description: 'What shows that this payment differs from the other one.' },
    RECEIPT: { description: 'The receipt or invoice.' },
    REFUND_POLICY: { description: 'The rules for refunds.' },
    SERVICE_DOCUMENTATION: { description: 'The sheet of the hand-over and the return, signed.' },
    SHIPPING_DOCUMENTATION: { description: 'The proof of delivery.' },
    UNCATEGORIZED_FILE: { description: 'Anything else.' },
  },
});

@ObjectType('EvidenceText', { description: 'A text as evidence.' })
export class EvidenceTextType {
  @Field(() => EvidenceTextField, { description: 'What it is evidence of.' })
  field!: EvidenceTextField;

  @Field(() => String, { description: 'The text.' })
  text!: string;
}

@ObjectType('EvidenceFile', { description: 'A file as evidence.' })
export class EvidenceFileType {
  @Field(() => EvidenceFileField, { description: 'What it is evidence of.' })
  field!: EvidenceFileField;

  @Field(() => ID, { description: 'Stripe’s `file_…`.' })
  fileId!: string;
}

@ObjectType('Dispute', { description: 'A buyer contests a payment with their bank; or the bank inquires.' })
export class DisputeType {
  @Field(() => ID, { description: 'Stripe’s `du_…`.' })
  id!: string;

  @Field(() => String, { description: 'Why, in Stripe’s word, such as product_not_received.' })
  reason!: string;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'Until when it can be answered; null where it cannot.' })
  dueBy!: Date | null;

  @Field(() => Boolean, { description: 'Whether evidence is staged at Stripe.' })
  hasEvidence!: boolean;

  @Field(() => Int, { description: 'How often evidence was submitted.' })
  submissionCount!: number;

  @Field(() => GraphQLDateTime, { description: 'When it was opened.' })
  createdAt!: Date;
}

@InputType({ description: 'Which disputes.' })
export class DisputeFilterInput {
  @Field(() => DisputeStanding, { nullable: true, description: 'Where they stand.' })
  standing?: DisputeStanding | null;
}

@InputType({ description: 'A text as evidence.' })
export class EvidenceTextInput {
  @Field(() => EvidenceTextField, { description: 'What it is evidence of.' })
  field!: EvidenceTextField;

  @Field(() => String, { description: 'The text, up to 20,000 characters.' })
  @Lines(MAX_EVIDENCE_TEXT)
  text!: string;
}

@InputType({ description: 'Evidence that is not submitted yet.' })
export class StageDisputeEvidenceInput {
  @Field(() => ID, { description: 'Id of the dispute.' })
  disputeId!: string;

  @Field(() => [EvidenceTextInput], {
    nullable: true,
    description: 'Texts, each field once; what was never staged is filled in from the order.',
  })
  @IsOptional()
  @ArrayMaxSize(18)
  @ValidateNested()
  texts?: EvidenceTextInput[] | null;
}

/** What cannot be undone is confirmed. */
@InputType()
abstract class ConfirmedDispute {
  @Field(() => ID, { description: 'Id of the dispute.' })
  disputeId!: string;

  @Field(() => Boolean, { description: 'Has to be true: it cannot be undone.' })
  confirm!: boolean;
}

@InputType({ description: 'A dispute whose evidence is submitted, for good.' })
export class SubmitDisputeEvidenceInput extends ConfirmedDispute {}

@InputType({ description: 'A dispute that is accepted, for good.' })
export class AcceptDisputeInput extends ConfirmedDispute {}

@ObjectType({ description: 'A dispute whose evidence is staged.' })
export class StageDisputeEvidencePayload {
  @Field(() => DisputeType, { description: 'The dispute.' })
  dispute!: Dispute;
}

@ObjectType({ description: 'A dispute that is answered.' })
export class SubmitDisputeEvidencePayload {
  @Field(() => DisputeType, { description: 'The dispute.' })
  dispute!: Dispute;
}

@ObjectType({ description: 'A dispute that is accepted.' })
export class AcceptDisputePayload {
  @Field(() => DisputeType, { description: 'The dispute.' })
  dispute!: Dispute;
}

/** One page of disputes. */
export const DisputeConnectionType = connectionTypeOf('Dispute', () => DisputeType);
