import t from 'tap'
import { openTestExchange } from '../support/exchange.js'
import { catalogueRecord, importing, ndjson } from '../support/imports.js'

const catalogue = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => catalogueRecord(from + index))

async function openCatalogue (t: Parameters<typeof openTestExchange>[0], size: number) {
  const exchange = await openTestExchange(t)
  const own = importing(exchange, exchange.vendor)
  await own.run('format=ndjson', ndjson(catalogue(0, size)))
  const live = async () => await exchange.connection.db.collection('products').countDocuments({ withdrawn: { $exists: false } })
  const post = async (importId: string, action: string) => await exchange.app.inject({ method: 'POST', url: `/v1/imports/${importId}/${action}`, headers: exchange.vendor.headers })
  return { ...exchange, ...own, live, post }
}

t.test('products that the file does not name are withdrawn, others not', async t => {
  const { run, live, results, connection } = await openCatalogue(t, 1000)
  const view = await run('format=ndjson&mode=replace-catalog', ndjson(catalogue(30, 1005)))
  t.match(view, { state: 'completed', progress: 1, plannedWithdrawals: 30, counts: { lines: 975, created: 5, unchanged: 970, withdrawn: 30 } })
  t.equal(await live(), 975)
  t.equal((await results(view.importId, '&outcome=withdrawn')).length, 30)
  t.match(await connection.db.collection<{ _id: string }>('products').findOne({ manufacturerPartNumber: 'PN-0000003' }), { withdrawn: true, version: 2 })
})

t.test('more than five percent waits for a confirmation', async t => {
  const { run, live, post, get, work, results } = await openCatalogue(t, 100)
  const { importId, ...view } = await run('format=ndjson&mode=replace-catalog', ndjson(catalogue(6, 100)))
  t.match(view, { state: 'awaiting_confirmation', plannedWithdrawals: 6, note: { code: 'CONFIRMATION_NEEDED' }, counts: { withdrawn: 0 } })
  t.equal(await live(), 100)
  t.equal((await results(importId, '&outcome=withdrawal_pending')).length, 6)
  await run('format=ndjson', ndjson([catalogueRecord(0, 2)]))
  t.equal((await post(importId, 'confirm')).statusCode, 200)
  await work()
  t.match(await get(importId), { state: 'completed', counts: { withdrawn: 5 } })
  t.equal(await live(), 95, 'a product that changed meanwhile is kept')
  t.equal((await results(importId, '&outcome=kept')).length, 1)
  t.match((await post(importId, 'cancel')).json(), { status: 409 })
  const refused = await run('format=ndjson&mode=replace-catalog', ndjson(catalogue(50, 60)))
  const cancelled = (await post(refused.importId, 'cancel')).json()
  t.match(cancelled, { state: 'cancelled', plannedWithdrawals: 85 })
  t.notOk('note' in cancelled, 'it waits for nothing any more')
  t.match((await post(refused.importId, 'confirm')).json(), { status: 409, code: 'import-state-conflict' })
  await work()
  t.equal(await live(), 95)
})

t.test('new products do not make a replacement of everything look small', async t => {
  const { run } = await openCatalogue(t, 20)
  t.match(await run('format=ndjson&mode=replace-catalog', ndjson(catalogue(1000, 1500))), { state: 'awaiting_confirmation', plannedWithdrawals: 20 })
})

t.test('a line that cannot be told a product withdraws nothing; a rejected product stays', async t => {
  const { run, live } = await openCatalogue(t, 100)
  const whole = ndjson(catalogue(2, 100))
  t.match(await run('format=ndjson&mode=replace-catalog', whole.slice(0, -20)), {
    state: 'completed_with_errors', note: { code: 'WITHDRAWALS_SKIPPED' }, counts: { rejected: 1, withdrawn: 0 }
  }, 'a file that is cut short')
  t.equal(await live(), 100)
  const invalid = { ...catalogueRecord(0), validFrom: 'tomorrow' }
  t.match(await run('format=ndjson&mode=replace-catalog', ndjson([invalid, ...catalogue(2, 100)])), { counts: { rejected: 1, withdrawn: 1 } })
  t.equal(await live(), 99)
})

t.test('a dry run of a replacement says what it would withdraw', async t => {
  const { run, live } = await openCatalogue(t, 100)
  t.match(await run('format=ndjson&mode=replace-catalog&dryRun=true', ndjson(catalogue(50, 101))), {
    state: 'completed', plannedWithdrawals: 50, counts: { created: 1, unchanged: 50, withdrawn: 50 }, note: { code: 'CONFIRMATION_NEEDED' }
  })
  t.equal(await live(), 100)
})
