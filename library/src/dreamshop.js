// Opens a shop's buy flow over the page that sells. What is seen stands in the shop's frame; this file makes a dialog and a frame, and listens.

/** The protocol of the messages between this file and the shop's frame. */
const VERSION = 1

/** After this long without a page the shop counts as unreachable; after a page came, it has this long to say that it is the shop. */
const PATIENCE = 20000
const AFTER_LOAD = 4000

const SHAPE = /^[\w-]{0,64}$/
const KINDS = ['ready', 'done', 'cancelled', 'error']

let current = null

/** The origin of the shop, or an error that says why it cannot be one. */
function originOf(shop, allowHttp) {
  let address
  try {
    address = new URL(shop)
  } catch {
    throw new TypeError('DreamShop: shop must be an address such as https://shop.example')
  }
  const secure = address.protocol === 'https:' && location.protocol === 'https:'
  const known = ['https:', 'http:'].includes(address.protocol)
  if (!known || (!secure && !allowHttp)) {
    throw new TypeError('DreamShop: the shop and this page need https (allowHttp is for trying out)')
  }
  return address.origin
}

/** Whether a message says what the shop's frame may say; nothing else of it is looked at. */
function isOurs(data) {
  return (
    typeof data === 'object' &&
    data !== null &&
    !Array.isArray(data) &&
    Object.keys(data).length === 3 &&
    data.v === VERSION &&
    KINDS.includes(data.type) &&
    typeof data.ref === 'string' &&
    SHAPE.test(data.ref)
  )
}

function frameAt(address, title) {
  const frame = document.createElement('iframe')
  frame.src = address
  frame.title = title
  return frame
}

/**
 * Opens the buy flow of a product. The promise ends with what became of it and is rejected only for what the page's author did wrong.
 */
export async function open({ shop, product, key, amount, buyer, title = 'Payment', allowHttp = false, signal }) {
  const origin = originOf(shop, allowHttp)
  if (typeof product !== 'string' || !product || typeof key !== 'string' || !key) {
    throw new TypeError('DreamShop: product and key are needed')
  }
  if (current) {
    return { result: 'error', ref: '', code: 'busy' }
  }

  const address = new URL(`/embed/buy/${encodeURIComponent(product)}`, origin)
  address.searchParams.set('key', key)
  if (amount !== undefined) {
    address.searchParams.set('amount', amount)
  }
  if (buyer) {
    address.searchParams.set('buyer', buyer)
  }

  const before = document.activeElement
  const dialog = document.createElement('dialog')
  dialog.setAttribute('role', 'dialog')
  dialog.setAttribute('aria-label', title)
  dialog.style.cssText = 'width:min(30rem,100vw);height:min(46rem,100dvh);max-width:none;max-height:none;padding:0;border:0;overflow:hidden'
  const frame = frameAt(address.href, title)
  frame.allow = 'payment'
  frame.style.cssText = 'display:block;width:100%;height:100%;border:0'
  dialog.append(frame)

  return new Promise((resolve) => {
    let ref = ''
    let isThere = false
    let isLost = false
    let timer = setTimeout(unreachable, PATIENCE)

    function close() {
      removeEventListener('message', hear)
      signal?.removeEventListener('abort', cancel)
      current = null
      dialog.close()
      dialog.remove()
      before?.focus?.()
    }

    function end(result, code) {
      clearTimeout(timer)
      resolve(code ? { result, ref, code } : { result, ref })
    }

    function unreachable() {
      end('error', 'unreachable')
      close()
    }

    /** Also closes what was completed: a promise keeps its first end. */
    function cancel() {
      end('cancelled')
      close()
    }

    function hear(event) {
      if (event.origin !== origin || event.source !== frame.contentWindow || !isOurs(event.data)) {
        return
      }
      const { type } = event.data
      ref = event.data.ref || ref
      isThere = true
      isLost = false
      clearTimeout(timer)
      if (type === 'done') {
        end('completed') // the buyer reads what the frame says, and closes it
      } else if (type === 'cancelled') {
        cancel()
      } else if (type === 'error') {
        end('error', 'refused') // the frame says why
      }
    }

    addEventListener('message', hear)
    signal?.addEventListener('abort', cancel)
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault()
      cancel()
    })
    dialog.addEventListener('click', (event) => {
      // beside the frame; while the shop's page is there it has its own way out, and a slip of the hand ends nothing
      if (isLost && event.target === dialog) {
        cancel()
      }
    })
    frame.addEventListener('load', () => {
      // the shop's page answers a greeting; what a browser shows in place of a page does not, nor does a bank's
      frame.contentWindow.postMessage({ v: VERSION, type: 'hello', ref: '' }, origin)
      clearTimeout(timer)
      timer = setTimeout(isThere ? () => { isLost = true } : unreachable, AFTER_LOAD)
    })
    current = dialog
    document.body.append(dialog)
    dialog.showModal()
    frame.focus()
    if (signal?.aborted) {
      cancel()
    }
  })
}

/** Puts the shop's cart, a link with a number in a frame of its own, into an element. */
export function badge({ shop, key, into, title = 'Cart', allowHttp = false }) {
  const address = new URL('/embed/cart', originOf(shop, allowHttp))
  address.searchParams.set('key', key)
  const frame = frameAt(address.href, title)
  frame.style.cssText = 'width:8rem;height:2.5rem;border:0'
  into.replaceChildren(frame)
  return frame
}

/**
 * Lets plain links to /buy/… with a data-dreamshop-key open in a frame. Each tells what became of it by an event "dreamshop" on itself, which bubbles.
 */
export function bind(root = document) {
  root.addEventListener('click', async (event) => {
    const link = event.target.closest?.('a[data-dreamshop-key]')
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
      return
    }
    event.preventDefault()
    const address = new URL(link.href)
    const { dreamshopKey: key, dreamshopTitle: title, dreamshopAmount: amount, dreamshopHttp } = link.dataset
    let detail
    try {
      detail = await open({
        shop: address.origin,
        product: decodeURIComponent(address.pathname.split('/').pop()),
        key,
        title: title ?? link.textContent.trim(),
        amount, // that of the address is as people write it
        buyer: address.searchParams.get('buyer'),
        allowHttp: dreamshopHttp !== undefined,
      })
    } catch (problem) {
      console.error(problem)
      location.assign(address)
      return
    }
    link.dispatchEvent(new CustomEvent('dreamshop', { bubbles: true, detail }))
  })
}
