// Builds the pages: build/web/server (public page at /, /console/, /desk/, /screen/) and
// build/web/kiosk (served by the agent), pre-compressed, and holds them to their budgets (FE-02).
import { readFileSync, writeFileSync, readdirSync, statSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import { build } from 'vite'
import { makeFonts } from './fonts.mjs'

const web = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const out = resolve(web, process.argv[2] ?? '../build/web')

// First load, KiB of JavaScript after gzip (FE-02).
const budgets = { kiosk: 150, camera: 160, screen: 80, public: 120, console: 350, desk: 350 }

const shared = {
  configFile: false,
  logLevel: 'warn',
  plugins: [vue()],
  resolve: { alias: { '@fonts': join(out, 'fonts'), '@': join(web, 'src') } },
  publicDir: false,
  define: {
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
}

function settings(root, dir, input, target) {
  return {
    ...shared,
    root,
    build: {
      outDir: dir,
      emptyOutDir: true,
      manifest: 'manifest.json',
      target,
      assetsInlineLimit: 0, // data: URLs are not among our sources of fonts and scripts
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 4000,
      rollupOptions: { input },
    },
  }
}

function compress(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name)
    if (statSync(path).isDirectory()) compress(path)
    else if (/\.(js|css|html|svg|json|wasm)$/.test(name) && statSync(path).size > 512)
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9, mtime: 0 }))
  }
}

// Everything that is loaded before the first picture: the entry and what it imports statically.
function firstLoad(dir, manifest, entry, seen = new Set()) {
  const chunk = manifest[entry]
  if (!chunk || seen.has(entry)) return 0
  seen.add(entry)
  let bytes = chunk.file.endsWith('.js') ? gzipSync(readFileSync(join(dir, chunk.file))).length : 0
  for (const next of chunk.imports ?? []) bytes += firstLoad(dir, manifest, next, seen)
  return bytes
}

function weigh(dir, entries) {
  const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'))
  rmSync(join(dir, 'manifest.json'))
  let good = true
  for (const [app, entry] of Object.entries(entries)) {
    if (!manifest[entry]) throw new Error(`${app}: no ${entry} in the manifest`)
    const kib = firstLoad(dir, manifest, entry) / 1024
    console.log(`${app.padEnd(8)} ${kib.toFixed(1).padStart(6)} KiB of ${budgets[app]}`)
    if (kib > budgets[app]) good = false
  }
  return good
}

const server = join(out, 'server')
const kiosk = join(out, 'kiosk')
await build(
  settings(
    web,
    server,
    {
      public: join(web, 'index.html'),
      console: join(web, 'console/index.html'),
      desk: join(web, 'desk/index.html'),
      screen: join(web, 'screen/index.html'),
    },
    ['chrome87', 'es2020'], // old school boards and web-views (PJ-04)
  ),
)
await makeFonts(web, join(out, 'fonts'))
await build(
  settings(
    join(web, 'kiosk'),
    kiosk,
    { kiosk: join(web, 'kiosk/index.html'), camera: join(web, 'kiosk/camera.html') },
    'es2022',
  ),
)
const light = [
  weigh(server, {
    public: 'index.html',
    console: 'console/index.html',
    desk: 'desk/index.html',
    screen: 'screen/index.html',
  }),
  weigh(kiosk, { kiosk: 'index.html', camera: 'camera.html' }),
].every(Boolean)
compress(server)
compress(kiosk)
if (!light) {
  console.error('a page is heavier than its budget (FE-02)')
  process.exit(1)
}
