/** The two kinds of things the shop deals in. */
export enum ItemType {
  PRODUCT = 'PRODUCT',
  EQUIPMENT = 'EQUIPMENT',
}
