/** What is hidden must cost what does not exist costs: the same commands of the database, every time. */
import { MongoClient, type CommandStartedEvent } from 'mongodb'
import pino from 'pino'
import t from 'tap'
import { createServices } from '../../src/composition-root.js'
import { readConfig } from '../../src/config.js'
import { buildApp } from '../../src/http/app.js'
import { callsOf } from '../support/calls.js'
import { openTestExchange, type Member } from '../support/exchange.js'
import { demonstrationGtin, recordOf } from '../support/records.js'

t.test('a hidden product costs the commands that a missing one costs, by every way to ask for one', async t => {
  const exchange = await openTestExchange(t)
  const { vendor, otherVendor, reseller, connection: { db } } = exchange
  const gtins = [demonstrationGtin(41)]
  const { productId: hidden } = (await callsOf(exchange)(vendor, 'POST', '/v1/products', recordOf({ manufacturerPartNumber: 'HIDDEN', gtins }))).json<{ productId: string }>()
  t.equal((await callsOf(exchange)(vendor, 'PUT', '/v1/audiences', { default: 'closed', categories: {} })).statusCode, 200)
  const missing = '31ab12ef-9a1c-5d9e-8f0a-2c4d6e8f0a1b'

  // A process whose commands can be watched.
  const client = new MongoClient(exchange.uri, { monitorCommands: true, ignoreUndefined: true, promoteBuffers: true })
  const config = readConfig({ LOG_LEVEL: 'silent', EVENT_LOOP_DELAY_LIMIT: '0', MONGODB_URI: 'mongodb://unused', MONGODB_DATABASE: db.databaseName })
  const services = await createServices({ db: client.db(db.databaseName), ping: async () => {}, close: async () => {} }, config)
  const app = await buildApp({ config, services, logger: pino({ level: 'silent' }), version: '0.0.0' })
  t.teardown(async () => {
    services.close()
    await app.close()
    await client.close()
  })
  const call = callsOf({ app })

  async function reads (member: Member, method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object): Promise<string[]> {
    const noted: string[] = []
    const note = ({ command, commandName }: CommandStartedEvent): void => {
      const collection = String(command[commandName])
      // The follower of the feed reads products by position, whoever asks for what.
      if (['products', 'gtin_claims'].includes(collection) && !JSON.stringify(command['filter'] ?? {}).includes('"seq"')) noted.push(`${commandName} ${collection}`)
    }
    client.on('commandStarted', note)
    await call(member, method, url, payload)
    client.off('commandStarted', note)
    return noted
  }

  const judged = (gtin: string) => ({ records: [recordOf({ manufacturerName: 'Kiesel Devices', manufacturerPartNumber: 'X-1', gtins: [gtin] })] })
  const withdrawal = (productId: string) => ({ items: [{ op: 'withdraw', productId }] })
  const [own, other] = [gtins[0] as string, demonstrationGtin(42)]
  const ways: Array<[string, (isHidden: boolean) => Promise<string[]>]> = [
    ['one product', async isHidden => await reads(reseller, 'GET', `/v1/products/${isHidden ? hidden : missing}`)],
    ['a list by GTIN', async isHidden => await reads(reseller, 'GET', `/v1/products?gtin=${isHidden ? own : other}`)],
    ['a judgement', async isHidden => await reads(otherVendor, 'POST', '/v1/products/validate', judged(isHidden ? own : other))],
    ['a withdrawal', async isHidden => await reads(otherVendor, 'DELETE', `/v1/products/${isHidden ? hidden : missing}?dryRun=true`)],
    ['a withdrawal in a batch', async isHidden => await reads(otherVendor, 'POST', '/v1/products/batch?dryRun=true', withdrawal(isHidden ? hidden : missing))]
  ]
  // Its publisher reads the product, so that the process has it in memory.
  for (let round = 0; round < 3; round++) {
    t.equal((await call(vendor, 'GET', `/v1/products/${hidden}`)).statusCode, 200)
    for (const [name, ask] of ways) {
      const [ofHidden, ofMissing] = [await ask(true), await ask(false)]
      t.ok(ofMissing.length > 0, `${name}: something is read`)
      t.same(ofHidden, ofMissing, name)
    }
  }

  const verdict = await call(otherVendor, 'POST', '/v1/products/validate', judged(own))
  t.match(verdict.json(), { items: [{ valid: true }] }, 'a judgement does not tell of GTINs of hidden products')
  const submitted = await call(otherVendor, 'POST', '/v1/products?dryRun=true', judged(own).records[0])
  t.match(submitted.json(), { status: 422, errors: [{ code: 'GTIN_OWNED_BY_OTHER' }] }, 'a submission has to')
})
