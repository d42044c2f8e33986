/** What the registry says of each schema version: its life, its fields. */
import { readFileSync } from 'node:fs'
import { pino } from 'pino'
import t from 'tap'
import { readConfig } from '../../src/config.js'
import { SCHEMA_LIFECYCLES } from '../../src/domain/schema-versions/lifecycle.js'
import { SCHEMA_VERSIONS } from '../../src/domain/schema-versions/registry.js'
import { buildApp } from '../../src/http/app.js'
import { projectPath } from '../../src/project-root.js'
import { createSchemaRegistry } from '../../src/services/schemas.js'
import { openTestExchange } from '../support/exchange.js'

const NAME = 'product-sustainability-attributes'
const { app, services } = await openTestExchange(t)

t.test('every version of the registry has its life, and no other', async t => {
  t.same(Object.keys(SCHEMA_LIFECYCLES), SCHEMA_VERSIONS.map(({ version }) => version))
  const { versions } = (await app.inject({ url: `/v1/schemas/${NAME}` })).json()
  t.match(versions.find((entry: { version: string }) => entry.version === '1.0.0'), { status: 'active', releasedOn: '2026-11-21', changes: [/first version/] })
  for (const { version } of versions) t.notOk((await app.inject({ url: `/v1/schemas/${NAME}/${version}` })).headers['deprecation'])
})

t.test('a deprecated version says so, until when, and what follows', async t => {
  const schemas = createSchemaRegistry(version => readFileSync(projectPath(`schemas/${NAME}/${version}.json`)), {
    ...SCHEMA_LIFECYCLES,
    '1.0.0': { changes: [], releasedOn: '2026-11-21', status: 'deprecated', deprecatedOn: '2027-01-01', sunsetOn: '2028-01-01', successor: '1.1.0' }
  })
  const other = await buildApp({ config: readConfig({ LOG_LEVEL: 'silent' }), services: { ...services, schemas }, logger: pino({ level: 'silent' }), version: '0.0.0' })
  t.teardown(async () => { await other.close() })
  for (const path of ['', '/fields']) {
    const { headers } = await other.inject({ url: `/v1/schemas/${NAME}/1.0.0${path}` })
    t.match(headers, {
      deprecation: '@1798761600', // 2027-01-01T00:00:00Z
      sunset: 'Sat, 01 Jan 2028 00:00:00 GMT',
      link: `</v1/schemas/${NAME}/1.1.0>; rel="successor-version"`,
      'cache-control': 'public, max-age=300'
    })
    t.notOk((await other.inject({ url: `/v1/schemas/${NAME}/1.1.0${path}` })).headers['deprecation'])
  }
  t.match((await other.inject({ url: `/v1/schemas/${NAME}` })).json().versions.find(({ version }: { version: string }) => version === '1.0.0'), { version: '1.0.0', status: 'deprecated', sunsetOn: '2028-01-01', successor: '1.1.0' })
})

t.test('the fields of a version, for programs and for people', async t => {
  const { items, version } = (await app.inject({ url: `/v1/schemas/${NAME}/1.1.0/fields` })).json()
  t.equal(version, '1.1.0')
  const field = (path: string) => items.find((item: { path: string }) => item.path === path)
  t.match(field('carbonFootprint.totalKgCo2e'), { unit: 'kg CO2e', required: true, since: '1.0.0', source: /ISO 14067/ })
  t.match(field('recycledContent.materials[].biobasedPercent'), { unit: '%', since: '1.1.0', kind: 'number' })
  t.match(field('energy.tecMethod'), { allowed: ['energyStarComputers', 'energyStarImagingWeeklyX52', 'ecma383', 'other'], since: '1.1.0' })
  const before = (await app.inject({ url: `/v1/schemas/${NAME}/1.0.0/fields` })).json().items
  t.same(items.filter((item: { since: string }) => item.since === '1.0.0').map((item: { path: string }) => item.path).sort(), before.map((item: { path: string }) => item.path).sort())
  const page = await app.inject({ url: `/v1/schemas/${NAME}/1.1.0/fields`, headers: { accept: 'text/html' } })
  t.match(page.headers['content-type'], /^text\/html/)
  t.match(page.body, /<code>energy\.tecMethod<\/code>/)
  t.equal((await app.inject({ url: `/v1/schemas/${NAME}/9.9.9/fields` })).statusCode, 404)
})
