import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { badge, bind, open } from '../src/dreamshop.js'
import { page, SHOP } from './page.mjs'

const ASKED = { shop: SHOP, product: 'tea', key: 'pk_1' }
const say = (type, ref = 'r-1') => ({ v: 1, type, ref })

let at
beforeEach(() => { at = page() })
afterEach(() => { if (at.dialog()) at.hear(say('cancelled'), { origin: new URL(at.frame().src).origin }) })

/** Whether a promise has ended by now. */
const ended = async (promise) => (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, 'open'))])) !== 'open'

test('MZ-44 one call makes a dialog and a frame and nothing else', async () => {
  const before = at.document.querySelectorAll('*').length
  const bought = open(ASKED)
  assert.equal(at.document.querySelectorAll('*').length, before + 2)
  assert.equal(at.frame().src, 'https://shop.example/embed/buy/tea?key=pk_1')
  assert.equal(at.frame().allow, 'payment')
  assert.equal(at.dialog().modal, true)
  at.hear(say('cancelled'))
  await bought
  assert.equal(at.document.querySelectorAll('*').length, before)
})

test('MZ-62 dialog and frame have role and title, and the focus goes back', async () => {
  at.document.getElementById('buy').focus()
  const bought = open({ ...ASKED, title: 'Buy tea' })
  assert.equal(at.dialog().getAttribute('role'), 'dialog')
  assert.equal(at.dialog().getAttribute('aria-label'), 'Buy tea')
  assert.equal(at.frame().title, 'Buy tea')
  assert.equal(at.document.activeElement, at.frame())
  at.hear(say('done'))
  await bought
  assert.ok(at.dialog()) // what the frame says is read first
  at.hear(say('cancelled'))
  assert.equal(at.dialog(), null)
  assert.equal(at.document.activeElement.id, 'buy')
})

for (const [type, outcome] of [
  ['done', { result: 'completed', ref: 'r-1' }],
  ['cancelled', { result: 'cancelled', ref: 'r-1' }],
  ['error', { result: 'error', ref: 'r-1', code: 'refused' }],
]) {
  test(`MZ-45 ${type} ends with ${outcome.result} and the reference`, async () => {
    const bought = open(ASKED)
    at.hear(say(type))
    assert.deepEqual(await bought, outcome)
  })
}

test('MZ-45 a reference that came before is kept when the end names none', async () => {
  const bought = open(ASKED)
  at.hear(say('ready', 'early'))
  at.hear(say('cancelled', ''))
  assert.deepEqual(await bought, { result: 'cancelled', ref: 'early' })
})

test('MZ-62 Esc ends it as cancelled', async () => {
  const bought = open(ASKED)
  at.dialog().dispatchEvent(new at.window.Event('cancel', { cancelable: true }))
  assert.deepEqual(await bought, { result: 'cancelled', ref: '' })
})

test('a signal ends it as cancelled, also one that was there before', async () => {
  const stop = new AbortController()
  const bought = open({ ...ASKED, signal: stop.signal })
  stop.abort()
  assert.equal((await bought).result, 'cancelled')
  assert.equal((await open({ ...ASKED, signal: stop.signal })).result, 'cancelled')
  assert.equal(at.dialog(), null)
})

test('MZ-46 plain http is refused, of the shop and of the page, unless allowed', async () => {
  await assert.rejects(open({ ...ASKED, shop: 'http://shop.example' }), TypeError)
  await assert.rejects(open({ ...ASKED, shop: 'javascript:alert(1)', allowHttp: true }), TypeError)
  await assert.rejects(open({ ...ASKED, shop: 'shop.example' }), TypeError)
  assert.throws(() => badge({ shop: 'http://shop.example', key: 'pk_1', into: at.document.body }), TypeError)

  at = page({ url: 'http://seller.example/' })
  await assert.rejects(open(ASKED), TypeError)
  assert.equal(at.dialog(), null)
  const bought = open({ ...ASKED, shop: 'http://shop.example', allowHttp: true })
  at.hear(say('done'), { origin: 'http://shop.example' })
  assert.equal((await bought).result, 'completed')
})

test('MZ-47 messages go to the exact origin, never to everybody', async () => {
  const bought = open({ ...ASKED, shop: 'https://shop.example/some/path' })
  at.load()
  assert.deepEqual(at.sent, [{ data: { v: 1, type: 'hello', ref: '' }, to: SHOP }])
  at.hear(say('done'))
  await bought
})

for (const [what, data, from] of [
  ['another origin', say('done'), { origin: 'https://shop.example.evil.example' }],
  ['the same host by http', say('done'), { origin: 'http://shop.example' }],
  ['another port', say('done'), { origin: 'https://shop.example:8443' }],
  ['an opaque origin', say('done'), { origin: 'null' }],
  ['another window of the shop', say('done'), { from: null }],
  ['another version', { v: 2, type: 'done', ref: 'r' }],
  ['a version in words', { v: '1', type: 'done', ref: 'r' }],
  ['an unknown kind', { v: 1, type: 'paid', ref: 'r' }],
  ['a kind every object has', { v: 1, type: 'toString', ref: 'r' }],
  ['no reference', { v: 1, type: 'done' }],
  ['a reference that is no text', { v: 1, type: 'done', ref: { toString: 'r' } }],
  ['a reference with other letters', { v: 1, type: 'done', ref: '<b>' }],
  ['a huge reference', { v: 1, type: 'done', ref: 'r'.repeat(65) }],
  ['a huge message', { v: 1, type: 'done', ref: 'r', more: 'x'.repeat(1_000_000) }],
  ['a list', [1, 'done', 'r']],
  ['a text', JSON.stringify(say('done'))],
  ['nothing', null],
  ['a number', 1],
]) {
  test(`S06 ignored: ${what}`, async () => {
    const bought = open(ASKED)
    at.hear(data, from)
    assert.equal(await ended(bought), false)
    at.hear(say('cancelled', 'right'))
    assert.deepEqual(await bought, { result: 'cancelled', ref: 'right' })
  })
}

test('nothing is heard after the end', async () => {
  const bought = open(ASKED)
  at.hear(say('cancelled'))
  at.hear(say('done', 'r-2'))
  assert.deepEqual(await bought, { result: 'cancelled', ref: 'r-1' })
})

test('a second purchase on the same page is told so, and the first goes on', async () => {
  const first = open(ASKED)
  assert.deepEqual(await open(ASKED), { result: 'error', ref: '', code: 'busy' })
  at.hear(say('done'))
  assert.equal((await first).result, 'completed')
  assert.equal((await open(ASKED)).code, 'busy') // the first is still being read
  at.hear(say('cancelled'))
  const again = open(ASKED)
  at.hear(say('done'))
  assert.equal((await again).result, 'completed')
})

test('the shop is down: a page that does not answer ends with unreachable', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const bought = open(ASKED)
    at.load()
    mock.timers.tick(3999)
    assert.ok(at.dialog())
    mock.timers.tick(1)
    assert.deepEqual(await bought, { result: 'error', ref: '', code: 'unreachable' })
    assert.equal(at.dialog(), null)
  } finally {
    mock.timers.reset()
  }
})

test('the shop is down: no page at all ends with unreachable', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const bought = open(ASKED)
    mock.timers.tick(20000)
    assert.deepEqual(await bought, { result: 'error', ref: '', code: 'unreachable' })
  } finally {
    mock.timers.reset()
  }
})

test('once the shop has answered, the buyer has all the time', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const bought = open(ASKED)
    at.load()
    at.hear(say('ready'))
    at.load() // the next page of the flow, or a bank's
    mock.timers.tick(3_600_000)
    at.hear(say('done'))
    assert.equal((await bought).result, 'completed')
  } finally {
    mock.timers.reset()
  }
})

test('product, key and amount are put into the address and cannot leave their place', async () => {
  const bought = open({ ...ASKED, product: '../../admin?x=', key: 'a&b=c', amount: 500 })
  assert.equal(at.frame().src, 'https://shop.example/embed/buy/..%2F..%2Fadmin%3Fx%3D?key=a%26b%3Dc&amount=500')
  at.hear(say('cancelled'))
  await bought
  await assert.rejects(open({ ...ASKED, product: '' }), TypeError)
  await assert.rejects(open({ ...ASKED, key: undefined }), TypeError)
})

test('a buyer whom the seller knows is named in the address, and only where there is one', async () => {
  const bought = open({ ...ASKED, buyer: 'abc234' })
  assert.equal(at.frame().src, 'https://shop.example/embed/buy/tea?key=pk_1&buyer=abc234')
  at.hear(say('cancelled'))
  await bought
  const nobody = open({ ...ASKED, buyer: '' })
  assert.equal(at.frame().src, 'https://shop.example/embed/buy/tea?key=pk_1')
  at.hear(say('cancelled'))
  await nobody
})

test('a page that came later and is not the shop\'s can be left by a click beside it, the shop\'s cannot', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const click = (on) => on.dispatchEvent(new at.window.MouseEvent('click', { bubbles: true }))
  try {
    const bought = open(ASKED)
    at.load()
    at.hear(say('ready', 'under-way'))
    mock.timers.tick(60_000)
    click(at.dialog())
    assert.ok(at.dialog())

    at.load() // a bank's page, or none
    mock.timers.tick(3999)
    click(at.dialog())
    assert.ok(at.dialog())
    mock.timers.tick(1)
    click(at.frame())
    assert.ok(at.dialog())

    at.load() // back at the shop
    at.hear(say('ready', 'under-way'))
    mock.timers.tick(60_000)
    click(at.dialog())
    assert.ok(at.dialog())

    at.load()
    mock.timers.tick(4000)
    click(at.dialog())
    assert.deepEqual(await bought, { result: 'cancelled', ref: 'under-way' })
    assert.equal(at.dialog(), null)
  } finally {
    mock.timers.reset()
  }
})

test('a link names amount and buyer', async () => {
  at = page({ body: '<a href="https://shop.example/buy/tea?amount=5.00&buyer=abc234" data-dreamshop-key="pk_1" data-dreamshop-amount="500">Buy tea</a>' })
  bind(at.document)
  at.document.querySelector('a').dispatchEvent(new at.window.MouseEvent('click', { bubbles: true, cancelable: true }))
  assert.equal(at.frame().src, 'https://shop.example/embed/buy/tea?key=pk_1&amount=500&buyer=abc234')
  at.hear(say('cancelled'))
})

test('MZ-44 the badge is a frame of the shop', () => {
  const frame = badge({ shop: SHOP, key: 'pk_1', into: at.document.body, title: 'Your cart' })
  assert.equal(frame.src, 'https://shop.example/embed/cart?key=pk_1')
  assert.equal(frame.title, 'Your cart')
  assert.equal(at.document.body.children.length, 1)
})

test('MZ-44 a plain link opens in a frame and tells what became of it', async () => {
  at = page({ body: '<a href="https://shop.example/buy/tea" data-dreamshop-key="pk_1">Buy <b>tea</b></a><a id="other" href="#x">Other</a>' })
  bind(at.document)
  const click = (element, more) => element.dispatchEvent(new at.window.MouseEvent('click', { bubbles: true, cancelable: true, ...more }))
  const link = at.document.querySelector('b')
  assert.equal(click(at.document.getElementById('other')), true)
  assert.equal(click(link, { ctrlKey: true }), true) // a new tab is the plain link
  assert.equal(at.dialog(), null)

  const told = new Promise((resolve) => at.document.addEventListener('dreamshop', (event) => resolve(event.detail)))
  assert.equal(click(link), false)
  assert.equal(at.frame().src, 'https://shop.example/embed/buy/tea?key=pk_1')
  assert.equal(at.frame().title, 'Buy tea')
  at.hear(say('done'))
  assert.deepEqual(await told, { result: 'completed', ref: 'r-1' })
})
