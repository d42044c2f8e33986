/**
 * Generated TypeScript clients compile under `strict` and work: the examples of docs/clients.md are built from what a running server
 * describes, in OpenAPI 3.1 and 3.0, and run against it, and again against one that answers values that are not documented yet.
 */
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { projectPath } from '../../src/project-root.js'
import { apiKeyOf, startServer, type ServerProcess } from '../acceptance/server-process.js'
import { serverOfTomorrow } from './server-of-tomorrow.js'

const EXAMPLES = ['openapi-fetch', 'hey-api']
const FORMS = { 3.1: '/openapi.json?schema=1.0.0', '3.0': '/openapi-3.0.json?schema=1.0.0' }

const COMPILER_OPTIONS = {
  target: 'ES2022',
  lib: ['ES2022', 'DOM', 'DOM.Iterable'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  incremental: false,
  outDir: 'out'
}

let server: ServerProcess
let folder: string
t.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esg-exchange-clients-'))
  server = await startServer(join(folder, 'data'))
})
t.teardown(async () => {
  await server.end('SIGTERM')
  await rm(folder, { recursive: true, force: true })
})

async function run (script: string, args: readonly string[], environment: Record<string, string> = {}): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { cwd: folder, env: { ...process.env, ...environment } })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string, stderr?: string }
    throw new Error(`${script} ${args.join(' ')} failed:\n${stdout}${stderr}`)
  }
}

type Json = Record<string, any> // eslint-disable-line @typescript-eslint/no-explicit-any -- parts of documents

/** A record of the demo vendor in a schema version: the one that the description of that version shows. */
async function shownRecord (version: string, partNumber: string): Promise<Json> {
  const document = await (await fetch(`${server.url}/openapi.json?schema=${version}`)).json() as Json
  const shown = JSON.stringify(document['paths']['/v1/products'].post.requestBody.content['application/json'].example)
  const record = JSON.parse(shown.replaceAll('Nordwind Systems', 'Norrsken Devices (fictional)')) as Json
  const { gtins: _gtins, ...product } = record['product']
  return { ...record, product: { ...product, manufacturerPartNumber: partNumber } }
}

async function push (record: Json): Promise<void> {
  const answer = await fetch(`${server.url}/v1/products`, {
    method: 'POST', headers: { ...apiKeyOf(server.credentials, 'vendor'), 'content-type': 'application/json' }, body: JSON.stringify(record)
  })
  if (answer.status !== 201) throw new Error(await answer.text())
}

/** Runs a compiled example and gives what it printed, by line. */
async function runExample (form: string, example: string, url: string): Promise<string[]> {
  const printed = await run(join('out', form, `${example}.js`), [], {
    EXCHANGE_URL: url,
    VENDOR_KEY: apiKeyOf(server.credentials, 'vendor')['x-api-key'] ?? '',
    READER_KEY: apiKeyOf(server.credentials, 'reseller')['x-api-key'] ?? ''
  })
  return printed.trimEnd().split('\n')
}

t.test('clients are generated and compile', async t => {
  await symlink(projectPath('node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: [...Object.keys(FORMS), 'newest', 'plain'].map(form => `${form}/**/*.ts`) }))
  for (const [form, path] of Object.entries({ ...FORMS, newest: '/openapi.json' })) {
    await mkdir(join(folder, form))
    await Promise.all([
      run(projectPath('node_modules/openapi-typescript/bin/cli.js'), [`${server.url}${path}`, '-o', join(form, 'exchange.d.ts')]),
      run(projectPath('node_modules/@hey-api/openapi-ts/bin/run.js'), ['-i', `${server.url}${path}`, '-o', join(form, 'exchange')])
    ])
    if (form === 'newest') await writeNewest()
    else for (const example of EXAMPLES) await copyFile(projectPath(`docs/clients/${example}.ts`), join(folder, form, `${example}.ts`))
  }
  await mkdir(join(folder, 'plain'))
  await copyFile(projectPath('docs/clients/validate.ts'), join(folder, 'plain', 'validate.ts'))
  // The compiler complains where an error that is expected does not occur.
  await writeFile(join(folder, '3.1', 'wrong.ts'), `import type { ProductRecord } from './exchange/index.js'
// @ts-expect-error -- a record that no schema version accepts
export const record: ProductRecord = { schemaVersion: '1.0.0', validFrom: 2026 }
`)
  t.equal(await run(projectPath('node_modules/typescript/bin/tsc'), ['-p', '.']), '')
})

/** The same with records of the newest schema version, written out as whoever builds a client today would. */
async function writeNewest (): Promise<void> {
  const { newestVersion } = await (await fetch(`${server.url}/v1/schemas/product-sustainability-attributes`)).json() as { newestVersion: string }
  const settings = "{ baseUrl: process.env['EXCHANGE_URL'] ?? '', headers: { 'X-API-Key': process.env['VENDOR_KEY'] ?? '' } }"
  const record = async (partNumber: string) => JSON.stringify(await shownRecord(newestVersion, partNumber))
  await writeFile(join(folder, 'newest', 'openapi-fetch.ts'), `import createClient from 'openapi-fetch'
import type { components, paths } from './exchange.js'
const record: components['schemas']['ProductRecord'] = ${await record('NEWEST-1')}
const exchange = createClient<paths>(${settings})
const written = await exchange.POST('/v1/products', { body: record })
if (written.error !== undefined) throw new Error(written.error.detail)
const read = await exchange.GET('/v1/products/{productId}', { params: { path: { productId: written.data.productId }, query: { schema: record.schemaVersion } } })
console.log(read.data?.record.product.modelName, read.data?.record.schemaVersion === record.schemaVersion)
`)
  await writeFile(join(folder, 'newest', 'hey-api.ts'), `import { createClient, createConfig } from './exchange/client/index.js'
import { getProduct, submitProduct, type ProductRecord } from './exchange/index.js'
const record: ProductRecord = ${await record('NEWEST-2')}
const client = createClient(createConfig(${settings}))
const written = await submitProduct({ client, body: record })
if (written.error !== undefined) throw new Error(written.error.detail)
const read = await getProduct({ client, path: { productId: written.data.productId }, query: { schema: record.schemaVersion } })
console.log(read.data?.record.product.modelName, read.data?.record.schemaVersion === record.schemaVersion)
`)
}

t.test('records are judged by the published schema alone', async t => {
  t.same(await runExample('plain', 'validate', server.url), [
    '/product/category must be equal to one of the allowed values',
    '/validFrom must match format "date"',
    '/packaging/totalMassG must be number'
  ])
})

t.test('in the newest schema version they publish and read too', async t => {
  for (const example of EXAMPLES) t.same(await runExample('newest', example, server.url), ['Aurora 14 G3 true'], example)
})

t.test('they publish, read, look up, follow the feed, and explain a refusal', async t => {
  const { versions } = await (await fetch(`${server.url}/v1/schemas/product-sustainability-attributes`)).json() as { versions: Array<{ version: string }> }
  for (const { version } of versions) await push(await shownRecord(version, `VERSION-${version}`))
  const { carbonFootprint: _footprint, packaging, ...rest } = await shownRecord('1.1.0', 'NO-PLACE-IN-1.0.0')
  await push({ ...rest, energy: { provenance: packaging.provenance, idleW: 4 } })
  const [first = ''] = EXAMPLES
  for (const form of Object.keys(FORMS)) {
    for (const example of EXAMPLES) {
      const isNew = form === '3.1' && example === first
      t.same(await runExample(form, example, server.url), [
        `published: ${isNew ? 'created' : 'unchanged'}`,
        'read: Client notebook 14, a laptop, 410 g of packaging',
        'looked up: true',
        'mirrored: true, all in 1.0.0',
        'refused: Error: validation-failed: The record has 1 error; nothing was stored.',
        '  /validFrom validFrom must be a date that exists, written YYYY-MM-DD.'
      ], `${example} from OpenAPI ${form}`)
    }
  }
})

t.test('they survive values and members that a later exchange answers', async t => {
  const tomorrow = await serverOfTomorrow(server.url)
  t.teardown(tomorrow.close)
  for (const example of EXAMPLES) {
    const printed = await runExample('3.1', example, tomorrow.url)
    t.same(printed, [
      'published: merged',
      'read: Client notebook 14, a hologram, 410 g of packaging',
      'looked up: true',
      'ignored the unknown change revalue',
      'ignored the unknown change revalue',
      'mirrored: true, all in 1.0.0',
      'refused: Error: validation-failed: The record has 1 error; nothing was stored.',
      '  /validFrom validFrom must be a date that exists, written YYYY-MM-DD.'
    ], example)
  }
})
