import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const { version, files } = JSON.parse(readFileSync(at('dist/manifest.json'), 'utf8'))

test('what is built is of this source', () => {
  const run = spawnSync(process.execPath, [at('build.mjs'), '--check'], { encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
  assert.match(run.stdout, /integrity="sha384-/)
})

for (const [name, { bytes, integrity }] of Object.entries(files)) {
  const content = readFileSync(at(`dist/${name}`))

  test(`MZ-44 ${name} has under 8 KB, its version and its SRI hash`, () => {
    assert.ok(content.length < 8192, `${content.length} bytes`)
    assert.equal(content.length, bytes)
    assert.equal(`sha384-${createHash('sha384').update(content).digest('base64')}`, integrity)
    assert.ok(content.toString().startsWith(`/* dreamshop ${version} */`))
  })

  test(`MZ-47 ${name} has no star as an origin, and makes only dialog and iframe`, () => {
    const text = content.toString()
    assert.doesNotMatch(text, /["'`]\*["'`]/)
    assert.deepEqual([...new Set([...text.matchAll(/createElement\(["'`](\w+)/g)].map((made) => made[1]))].sort(), ['dialog', 'iframe'])
    assert.doesNotMatch(text, /innerHTML|insertAdjacent|document\.write|eval\(|new Function/)
  })
}

test('the script-tag build gives window.DreamShop and the module the same three', async () => {
  const document = { addEventListener() {} }
  const context = vm.createContext({ document })
  vm.runInContext(readFileSync(at('dist/dreamshop.js'), 'utf8'), context)
  const module = await import('../dist/dreamshop.mjs')
  assert.deepEqual(Object.keys(context.DreamShop).sort(), ['badge', 'bind', 'open'])
  assert.deepEqual(Object.keys(module).sort(), ['badge', 'bind', 'open'])
  assert.match(readFileSync(at('dreamshop.d.ts'), 'utf8'), /export function open\b[^]*export function badge\b[^]*export function bind\b/)
})
