// Writes dist/: the ES module, the script-tag build, and a list of both with size and SRI hash. With --check nothing is written and exit code 1 says that dist/ is old.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'))

async function bundle(entry, format) {
  const result = await build({
    entryPoints: [at(entry)],
    bundle: true,
    minify: true,
    format,
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    banner: { js: `/* dreamshop ${version} */` },
    write: false,
  })
  return Buffer.from(result.outputFiles[0].contents)
}

const files = { 'dreamshop.mjs': await bundle('src/dreamshop.js', 'esm'), 'dreamshop.js': await bundle('src/script.js', 'iife') }
const list = {
  version,
  files: Object.fromEntries(Object.entries(files).map(([name, bytes]) =>
    [name, { bytes: bytes.length, integrity: `sha384-${createHash('sha384').update(bytes).digest('base64')}` }])),
}
files['manifest.json'] = Buffer.from(JSON.stringify(list, null, 2) + '\n')

let old = 0
for (const [name, bytes] of Object.entries(files)) {
  if (process.argv.includes('--check')) {
    old += readFileSync(at(`dist/${name}`)).equals(bytes) ? 0 : 1
  } else {
    writeFileSync(at(`dist/${name}`), bytes)
  }
}
for (const [name, { bytes, integrity }] of Object.entries(list.files)) {
  console.log(`${name} ${version}: ${bytes} bytes, integrity="${integrity}"`)
}
if (old) {
  console.error('dist/ is older than src/: npm run build')
}
process.exit(old ? 1 : 0)
