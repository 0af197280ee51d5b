// Refuses a build whose first load is over budget: what index.html asks for, and all it imports.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const LIMIT = 250 * 1024
const root = new URL('../dist/', import.meta.url)
const seen = new Set()
let total = 0

function add(path) {
  if (seen.has(path)) return
  seen.add(path)
  const bytes = readFileSync(new URL(path, root))
  total += gzipSync(bytes).length
  if (!path.endsWith('.js')) return
  for (const m of bytes.toString().matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) add(`assets/${m[1]}`)
}

const html = readFileSync(new URL('index.html', root))
total += gzipSync(html).length
for (const m of html.toString().matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)) add(m[1])
console.log(`first load ${(total / 1024).toFixed(1)} KB of ${LIMIT / 1024} KB compressed`)
if (total > LIMIT) process.exit(1)
