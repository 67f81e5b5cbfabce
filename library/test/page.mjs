// A seller's page for tests. jsdom knows dialogs but does not open them, and loads no frames: both are played here.
import { JSDOM, VirtualConsole } from 'jsdom'

const NAMES = ['window', 'document', 'location', 'addEventListener', 'removeEventListener', 'CustomEvent']

export const SHOP = 'https://shop.example'

export function page({ url = 'https://seller.example/things', body = '<button id="buy">Buy</button>' } = {}) {
  const dom = new JSDOM(`<!doctype html><body>${body}</body>`, { url, pretendToBeVisual: true, virtualConsole: new VirtualConsole() })
  const { window } = dom
  Object.assign(window.HTMLDialogElement.prototype, {
    showModal() { this.open = true; this.modal = true },
    close() { this.open = false },
  })
  const sent = []
  const source = { postMessage: (data, to) => sent.push({ data, to }) }
  Object.defineProperty(window.HTMLIFrameElement.prototype, 'contentWindow', { get: () => source, configurable: true })
  for (const name of NAMES) {
    const value = window[name]
    globalThis[name] = typeof value === 'function' && /^(add|remove)/.test(name) ? value.bind(window) : value
  }
  return {
    window,
    document: window.document,
    sent,
    source,
    frame: () => window.document.querySelector('iframe'),
    dialog: () => window.document.querySelector('dialog'),
    load() { this.frame().dispatchEvent(new window.Event('load')) },
    /** A message as the shop's frame sends it, unless said otherwise. */
    hear(data, { origin = SHOP, from = source } = {}) {
      window.dispatchEvent(new window.MessageEvent('message', { data, origin, source: from }))
    },
  }
}
