/** What became of a purchase. Believe it only after asking the shop's API or hearing its signed event: it comes through the buyer's browser. */
export type Outcome =
  | { result: 'completed'; ref: string }
  | { result: 'cancelled'; ref: string }
  | {
      result: 'error'
      ref: string
      /** unreachable: the shop did not answer; refused: it will not sell this here; busy: another purchase is open on this page. */
      code: 'unreachable' | 'refused' | 'busy'
    }

export interface OpenOptions {
  /** The shop's address, such as https://shop.example. Messages are exchanged with exactly this origin. */
  shop: string
  /** The product, as in the shop's address /buy/{product}. */
  product: string
  /** The publishable key. It may be read by everybody. */
  key: string
  /** A proposal in minor units (500 is $5.00), for products whose buyer chooses the amount. */
  amount?: number
  /** Who buys, by the shop's id of them (from POST /buyer): the purchase is theirs. Without it the purchase has a buyer of its own. */
  buyer?: string
  /** The title of dialog and frame, read out by screen readers. */
  title?: string
  /** Allows plain http, for trying out. */
  allowHttp?: boolean
  /** Closes the dialog as cancelled. */
  signal?: AbortSignal
}

/**
 * Opens the buy flow in a dialog.
 * @throws TypeError when an option is missing, or when the page or the shop has no https.
 */
export function open(options: OpenOptions): Promise<Outcome>

export interface BadgeOptions {
  shop: string
  key: string
  /** What was in this element is replaced. */
  into: Element
  title?: string
  allowHttp?: boolean
}

/** Puts the shop's cart into an element: a link with the number of what is in it. */
export function badge(options: BadgeOptions): HTMLIFrameElement

/** Lets links to /buy/{product} with the attribute data-dreamshop-key open in a dialog. The script-tag build does this for the document. */
export function bind(root?: Document | Element): void

declare global {
  interface GlobalEventHandlersEventMap {
    dreamshop: CustomEvent<Outcome>
  }
  /** Only with the script-tag build. */
  // eslint-disable-next-line no-var
  var DreamShop: { open: typeof open; badge: typeof badge; bind: typeof bind }
}
