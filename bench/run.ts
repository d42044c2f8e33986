/** `npm run bench [-- name ...]`: measures the exchange, each figure against a limit that was measured in the same run. */
import { cpus } from 'node:os'
import type { Measurement } from './measure.js'
import { startExchangeUnderTest, type ExchangeUnderTest } from './exchange-under-test.js'
import { benchAccess } from './access.js'
import { benchCache } from './cache.js'
import { benchFeed } from './feed.js'
import { benchImports } from './imports.js'
import { benchProducts } from './products.js'
import { benchVersions } from './versions.js'

/** How to add one: a file with a function like these, and a line here. Each gets an exchange of its own. */
const SCENARIOS: Record<string, { measure: (exchange: ExchangeUnderTest) => Promise<Measurement[]>, settings?: Record<string, string> }> = {
  products: { measure: benchProducts, settings: { PRODUCT_CACHE_MB: '0' } },
  cache: { measure: benchCache },
  access: { measure: benchAccess },
  feed: { measure: benchFeed },
  imports: { measure: benchImports },
  versions: { measure: benchVersions }
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !(name in SCENARIOS))
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}; there are: ${Object.keys(SCENARIOS).join(', ')}\n`)
  process.exit(2)
}

process.stdout.write(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, medians of three rounds, of imports of nine, of cache of eleven\n`)
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const exchange = await startExchangeUnderTest(scenario.settings)
  try {
    process.stdout.write(`\n${name}\n${(await scenario.measure(exchange)).map(line).join('\n')}\n`)
  } finally {
    await exchange.close()
  }
}

function line ({ name, perSecond, limit, target, note }: Measurement): string {
  const ratio = perSecond / limit.perSecond
  const verdict = ratio >= target ? 'ok' : `BELOW ${target.toFixed(2)}`
  return `  ${name.padEnd(52)} ${number(perSecond)}/s   ${ratio.toFixed(2)} of ${number(limit.perSecond)}/s ${limit.name.padEnd(42)} ${verdict}${note === undefined ? '' : ` (${note})`}`
}

function number (value: number): string {
  return Math.round(value).toLocaleString('en').padStart(7)
}
