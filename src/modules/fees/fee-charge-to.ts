/** What a fee is charged to. */
export enum FeeChargeTo {
  SAVED_CARD = 'SAVED_CARD',
  LINK = 'LINK',
}
