import { request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { openTestExchange } from '../support/exchange.js'
import { catalogueRecord, importing, ndjson } from '../support/imports.js'
import { demonstrationGtin, recordOf } from '../support/records.js'

t.test('an NDJSON file is stored, worked through, and reported line by line', async t => {
  const exchange = await openTestExchange(t)
  const { upload, work, get, run, results, rejected } = importing(exchange, exchange.vendor)
  const broken = { ...catalogueRecord(3), validFrom: '2026-02-30' }
  const file = `${JSON.stringify(catalogueRecord(1))}\r\n\n${JSON.stringify(catalogueRecord(2))}\n${JSON.stringify(broken)}\nnot json\n${JSON.stringify(catalogueRecord(1, 2))}`
  const answer = await upload('format=ndjson', file)
  t.equal(answer.statusCode, 202)
  const { importId } = answer.json()
  t.equal(answer.headers.location, `/v1/imports/${importId}`)
  t.match(answer.json(), { state: 'queued', progress: 0, counts: { lines: 0 } })
  await work()
  const view = await get(importId)
  t.match(view, {
    state: 'completed_with_errors',
    progress: 1,
    counts: { lines: 5, created: 2, updated: 1, unchanged: 0, rejected: 2, withdrawn: 0 },
    errorBreakdown: [{ code: 'SCHEMA_FORMAT', pointer: '/validFrom', count: 1, exampleLine: 4 }, { code: 'LINE_NOT_JSON', count: 1, exampleLine: 5 }]
  })
  t.match(await results(importId), [
    { line: 1, outcome: 'created', version: 1 }, { line: 3, outcome: 'created', version: 1 }, { line: 4, outcome: 'rejected', issues: [{ code: 'SCHEMA_FORMAT' }] },
    { line: 5, outcome: 'rejected' }, { line: 6, outcome: 'updated', version: 2 }
  ])
  t.same((await results(importId, '&outcome=rejected')).map(({ line }) => line), [4, 5])
  t.equal((await rejected(importId)).toString(), `${JSON.stringify(broken)}\nnot json\n`, 'verbatim')
  t.match(await run('format=ndjson', gzipSync(file), { 'content-encoding': 'gzip' }), { counts: { created: 0, updated: 2, unchanged: 1, rejected: 2 } }, 'the first line undoes what the last did, and the last does it again')
})

t.test('a file that is not what it should be is refused at once, and nothing of it stays', async t => {
  const exchange = await openTestExchange(t)
  const { upload } = importing(exchange, exchange.vendor)
  const { db } = exchange.connection
  const line = `${JSON.stringify(catalogueRecord(1))}\n`
  const packed = gzipSync(line.repeat(50))
  const refused: Array<[string, string, Buffer | string, Record<string, string>, number, RegExp]> = [
    ['an empty file', 'format=ndjson', '', {}, 422, /empty/],
    ['a PDF', 'format=ndjson', '%PDF-1.7\n%...', {}, 422, /PDF/],
    ['a PDF as CSV', 'format=csv', '%PDF-1.7\n%...', {}, 422, /PDF/],
    ['a PDF as XLSX', 'format=xlsx', '%PDF-1.7\n%...', {}, 422, /PDF/],
    ['a workbook as CSV', 'format=csv', 'PK\x03\x04rest', {}, 422, /ZIP archive or an XLSX/],
    ['a JSON list', 'format=ndjson', '[{}]', {}, 422, /list/],
    ['pretty JSON', 'format=ndjson', JSON.stringify(catalogueRecord(1), null, 2), {}, 422, /several lines/],
    ['UTF-16', 'format=csv', Buffer.from('\uFEFFa,b', 'utf16le'), {}, 422, /UTF-16/],
    ['binary data', 'format=ndjson', Buffer.from([1, 2, 0, 3]), {}, 422, /zero bytes/],
    ['a gzip that is cut short', 'format=ndjson', packed.subarray(0, packed.length - 20), { 'content-encoding': 'gzip' }, 422, /cut short/],
    ['no gzip', 'format=ndjson', line, { 'content-encoding': 'gzip' }, 422, /gzip/],
    ['a gzip bomb', 'format=ndjson', gzipSync(Buffer.alloc(200 * 1_048_576, 'x\n')), { 'content-encoding': 'gzip' }, 422, /unpacks to more than 200 times/],
    ['a table without a header', 'format=csv', 'a,b\n1,2\n', {}, 422, /name the columns/],
    ['half a workbook', 'format=xlsx', 'PK\x03\x04rest', {}, 422, /cut short/],
    ['brotli', 'format=ndjson', line, { 'content-encoding': 'br' }, 415, /br is not supported/]
  ]
  for (const [name, query, payload, headers, status, detail] of refused) {
    const answer = await upload(query, payload, headers)
    t.match(answer.json(), { status, detail }, name)
  }
  t.equal((await upload('format=json', line)).statusCode, 400)
  for (const collection of ['imports', 'import_pieces', 'import_uploads']) t.equal(await db.collection(collection).countDocuments(), 0, collection)
  const { distributor } = exchange
  t.match((await importing(exchange, distributor).upload('format=ndjson', line)).statusCode, 403)
})

t.test('an upload that breaks off leaves nothing behind', async t => {
  const exchange = await openTestExchange(t)
  const url = await exchange.app.listen({ port: 0, host: '127.0.0.1' })
  const { db } = exchange.connection
  const line = Buffer.from(`${JSON.stringify(catalogueRecord(1))}\n`)
  const request = httpRequest(`${url}/v1/imports?format=ndjson`, { method: 'POST', headers: { ...exchange.vendor.headers, 'content-type': 'application/octet-stream' } })
  request.on('error', () => {})
  for (let index = 0; index < 3000; index++) request.write(line)
  while (await db.collection('import_pieces').countDocuments() === 0) await sleep(10)
  request.destroy()
  while (await db.collection('import_pieces').countDocuments() > 0) await sleep(10)
  t.equal(await db.collection('imports').countDocuments(), 0)
  await db.collection<{ _id: string, touchedAt: Date }>('import_uploads').insertOne({ _id: 'gone', touchedAt: new Date(0) })
  await db.collection<{ _id: object, bytes: Buffer }>('import_pieces').insertOne({ _id: { file: 'gone', n: 0 }, bytes: line })
  t.equal(await exchange.services.importWork.sweepForgotten(new Date(1)), 1)
  t.equal(await db.collection('import_pieces').countDocuments(), 0, 'what a process left that ended is swept')
})

t.test('the same upload under the same clientImportId is one import', async t => {
  const exchange = await openTestExchange(t)
  const { upload, run } = importing(exchange, exchange.vendor)
  const file = `${JSON.stringify(catalogueRecord(1))}\n`
  const first = await run('format=ndjson&clientImportId=night', file)
  const again = await upload('format=ndjson&clientImportId=night', gzipSync(file), { 'content-encoding': 'gzip' })
  t.equal(again.statusCode, 202)
  t.match(again.json(), { importId: first.importId, clientImportId: 'night', state: 'completed' })
  t.match((await upload('format=ndjson&clientImportId=night', file + file)).json(), { status: 409, code: 'import-conflict', importId: first.importId })
  t.match((await upload('format=ndjson&clientImportId=night&dryRun=true', file)).json(), { status: 409 })
  const other = importing(exchange, exchange.otherVendor)
  t.not((await other.run('format=ndjson&clientImportId=night', file)).importId, first.importId, 'the name is the organisation\'s own')
  t.equal((await exchange.app.inject({ url: `/v1/imports/${first.importId}`, headers: exchange.otherVendor.headers })).statusCode, 404)
  const [left, right] = await Promise.all([upload('format=ndjson&clientImportId=race', file), upload('format=ndjson&clientImportId=race', file)])
  t.equal(left.json().importId, right.json().importId)
})

t.test('a line that came before in the same bytes is compared with what its product is now', async t => {
  const exchange = await openTestExchange(t)
  const { run, results } = importing(exchange, exchange.vendor)
  const { headers } = exchange.vendor
  const records = [1, 2, 3, 4].map(index => catalogueRecord(index))
  const file = ndjson([...records, catalogueRecord(5, 1.360_001)])
  const { importId } = await run('format=ndjson', file)
  const [changed, withdrawn, restored, untouched] = (await results(importId)).map(({ productId }) => `/v1/products/${String(productId)}`) as [string, string, string, string]
  const put = async (url: string, payload: object): Promise<void> => { t.equal((await exchange.app.inject({ method: 'PUT', url, headers, payload })).statusCode, 200) }
  await put(changed, catalogueRecord(1, 2))
  t.equal((await exchange.app.inject({ method: 'DELETE', url: withdrawn, headers })).statusCode, 200)
  await put(restored, catalogueRecord(3, 2))
  await put(restored, catalogueRecord(3))
  const again = await run('format=ndjson', file)
  t.match(again, { counts: { lines: 5, created: 1, updated: 1, unchanged: 3, rejected: 0 } })
  t.match(await results(again.importId), [
    { line: 1, outcome: 'updated', version: 3 }, { line: 2, outcome: 'created', version: 3 }, { line: 3, outcome: 'unchanged', version: 3 },
    { line: 4, outcome: 'unchanged', version: 1 }, { line: 5, outcome: 'unchanged', version: 1 }
  ])
  t.match((await exchange.app.inject({ url: untouched, headers })).json(), { version: 1 })
  const other = await run('format=ndjson', ndjson([records[0], catalogueRecord(1, 2), records[0]]))
  t.match(await results(other.importId), [{ outcome: 'unchanged', version: 3 }, { outcome: 'updated', version: 4 }, { outcome: 'updated', version: 5 }], 'each line as the one before it left the product')
})

t.test('a dry run answers the same and stores nothing', async t => {
  const exchange = await openTestExchange(t)
  const { run } = importing(exchange, exchange.vendor)
  const { db } = exchange.connection
  const file = ndjson([catalogueRecord(1), catalogueRecord(2), {}])
  const dry = await run('format=ndjson&dryRun=true', file)
  t.equal(await db.collection('products').countDocuments(), 0)
  const wet = await run('format=ndjson', file)
  t.same(dry.counts, wet.counts)
  t.same(dry.errorBreakdown, wet.errorBreakdown)
  t.match(wet, { counts: { created: 2, rejected: 1 } })
})

t.test('a GTIN moves from one line to a later one; a GTIN that is taken rejects its line', async t => {
  const exchange = await openTestExchange(t)
  const { run, results } = importing(exchange, exchange.vendor)
  const gtin = demonstrationGtin(1)
  const holder = recordOf({ manufacturerPartNumber: 'A', gtins: [gtin] })
  const taker = recordOf({ manufacturerPartNumber: 'B', gtins: [gtin] })
  t.match(await run('format=ndjson', ndjson([holder, taker])), { counts: { created: 1, rejected: 1 }, errorBreakdown: [{ pointer: '/product/gtins/*' }] })
  const { importId } = await run('format=ndjson', ndjson([recordOf({ manufacturerPartNumber: 'A', gtins: [demonstrationGtin(2)] }), taker]))
  t.match(await results(importId), [{ outcome: 'updated' }, { outcome: 'created' }])
})

t.test('cancelling stops at the next step, and what was done is counted', async t => {
  const exchange = await openTestExchange(t)
  const { upload, work, get } = importing(exchange, exchange.vendor)
  const { app, services, vendor, connection } = exchange
  const cancel = async (importId: string) => await app.inject({ method: 'POST', url: `/v1/imports/${importId}/cancel`, headers: vendor.headers })
  const waiting = (await upload('format=ndjson', ndjson([catalogueRecord(1)]))).json()
  t.match((await cancel(waiting.importId)).json(), { state: 'cancelled' })
  await work()
  t.equal(await connection.db.collection('products').countDocuments(), 0)
  t.equal((await cancel(waiting.importId)).statusCode, 200, 'twice is once')
  const running = (await upload('format=ndjson', ndjson(Array.from({ length: 5000 }, (_, index) => catalogueRecord(index))))).json()
  const turn = services.importWork.workOnNext('w', () => false)
  while ((await get(running.importId)).counts.lines === 0) await sleep(5)
  t.match((await cancel(running.importId)).json(), { state: 'running' })
  await turn
  const view = await get(running.importId)
  t.equal(view.state, 'cancelled')
  t.ok(view.counts.created < 5000)
  t.equal(await connection.db.collection('products').countDocuments(), view.counts.created)
  t.equal(await connection.db.collection('import_pieces').countDocuments({ '_id.file': running.importId }), 0)
  const done = await importing(exchange, vendor).run('format=ndjson', ndjson([catalogueRecord(1)]))
  t.match((await cancel(done.importId)).json(), { status: 409, code: 'import-state-conflict', state: 'completed' })
})

t.test('organisations take turns: ten lines do not wait for a hundred thousand', async t => {
  const exchange = await openTestExchange(t)
  const large = importing(exchange, exchange.vendor)
  const small = importing(exchange, exchange.otherVendor)
  const records = ndjson(Array.from({ length: 6000 }, (_, index) => catalogueRecord(index)))
  const first = (await large.upload('format=ndjson', records)).json()
  const second = (await large.upload('format=ndjson', records)).json()
  await exchange.services.importWork.workOnNext('w', () => true)
  t.match(await large.get(first.importId), { state: 'running', counts: { lines: 100 } }, 'one turn')
  const { importId } = (await small.upload('format=ndjson', ndjson([recordOf({ manufacturerName: 'Kiesel Devices', manufacturerPartNumber: 'K' })]))).json()
  await exchange.services.importWork.workOnNext('w', () => true)
  t.match(await small.get(importId), { state: 'completed', counts: { created: 1 } })
  t.match(await large.get(second.importId), { state: 'queued' })
  await large.work()
  t.match(await large.get(first.importId), { state: 'completed', counts: { created: 6000 } })
  t.match(await large.get(second.importId), { state: 'completed', counts: { unchanged: 6000 } })
})

t.test('products whose names are escaped in the line are not taken for new because nobody asked for them', async t => {
  const exchange = await openTestExchange(t)
  const { run } = importing(exchange, exchange.vendor)
  const file = ndjson(Array.from({ length: 1_600 }, (_, index) => catalogueRecord(index))).replaceAll('PN-', '\\u0050N-')
  t.match(await run('format=ndjson', file), { counts: { created: 1_600 } })
  const feed = exchange.connection.db.collection<{ _id: string, next: number }>('feed')
  const { next } = await feed.findOne() ?? {}
  t.match(await run('format=ndjson', file), { counts: { unchanged: 1_600 } })
  t.match(await feed.findOne(), { next }, 'nothing was written for them')
})

t.test('new and known products may take turns in a file of many steps', async t => {
  const exchange = await openTestExchange(t)
  const { run, results } = importing(exchange, exchange.vendor)
  const records = (from: number, to: number, massKg?: number) => Array.from({ length: to - from }, (_, index) => catalogueRecord(from + index, massKg))
  await run('format=ndjson', ndjson([...records(1_200, 1_700), ...records(2_600, 2_610)]))
  const view = await run('format=ndjson', ndjson([...records(0, 2_600), ...records(2_600, 2_610, 2), ...records(2_610, 4_000)]))
  t.match(view, { state: 'completed', counts: { lines: 4_000, created: 3_490, unchanged: 500, updated: 10, rejected: 0 } })
  t.match(await results(view.importId, '&outcome=updated'), Array.from({ length: 10 }, (_, index) => ({ line: 2_601 + index, version: 2 })))
  t.equal(await exchange.connection.db.collection('products').countDocuments({}), 4_000)
})

t.test('a turn that nobody else waits for goes on, and ends when its organisation is disabled', async t => {
  const exchange = await openTestExchange(t)
  const { upload } = importing(exchange, exchange.vendor)
  const lines = 30_000
  const { importId } = (await upload('format=ndjson', ndjson(Array.from({ length: lines }, (_, index) => catalogueRecord(index))))).json()
  const imports = exchange.connection.db.collection<{ _id: string, state: string, note?: { code: string }, takeovers: number, progress: { counts: { lines: number } } }>('imports')
  const view = async () => await imports.findOne({ _id: importId })
  const turn = exchange.services.importWork.workOnNext('w', () => false)
  while ((await view())?.progress.counts.lines === 0) await sleep(5)
  await exchange.connection.db.collection('organizations').updateOne({ _id: exchange.vendor.organizationId as never }, { $set: { disabledAt: new Date() } })
  t.equal(await turn, true)
  const left = (await view())?.progress.counts.lines as number
  t.ok(left > 0 && left < lines, `it ended at ${left} of ${lines} lines`)
  await exchange.services.importWork.workOnNext('w', () => false)
  t.match(await view(), { state: 'failed', note: { code: 'ORGANIZATION_GONE' }, progress: { counts: { lines: left } } })
})

t.test('results are paged, filtered and bound to their import', async t => {
  const exchange = await openTestExchange(t)
  const { run } = importing(exchange, exchange.vendor)
  const { importId } = await run('format=ndjson', ndjson(Array.from({ length: 1203 }, (_, index) => index % 100 === 7 ? { index } : catalogueRecord(index))))
  const walk = async (query: string) => {
    const lines: number[] = []
    let url: string | undefined = `/v1/imports/${importId}/results?${query}`
    while (url !== undefined) {
      const answer: Awaited<ReturnType<typeof exchange.app.inject>> = await exchange.app.inject({ url, headers: exchange.vendor.headers })
      lines.push(...answer.json().items.map(({ line }: { line: number }) => line))
      url = /<([^>]+)>/.exec(String(answer.headers.link ?? ''))?.[1]
    }
    return lines
  }
  t.same(await walk('limit=250'), Array.from({ length: 1203 }, (_, index) => index + 1))
  t.same(await walk('limit=5&outcome=rejected'), Array.from({ length: 12 }, (_, index) => index * 100 + 8))
  t.same(await walk('limit=500&outcome=updated&outcome=unchanged'), [])
  t.equal((await exchange.app.inject({ url: `/v1/imports/${importId}/results?outcome=gone`, headers: exchange.vendor.headers })).statusCode, 400)
})

t.test('a file is sent as it is, under its own media type or none in particular, and never as a form', async t => {
  const exchange = await openTestExchange(t)
  const { upload } = importing(exchange, exchange.vendor)
  for (const type of ['multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'text/csv', 'application/json', 'application/x-ndjson; charset=iso-8859-1']) {
    const answer = await upload('format=ndjson', ndjson([catalogueRecord(1)]), { 'content-type': type })
    t.match(answer.json(), { status: 415, code: 'unsupported-media-type', errors: [{ header: 'Content-Type', code: 'MEDIA_TYPE' }] }, type)
    if (type.includes('form')) t.match(answer.json().detail, /--data-binary @file/)
  }
  t.equal((await upload('format=csv', 'validFrom', { 'content-type': 'application/x-ndjson' })).statusCode, 415)
  for (const type of ['application/x-ndjson', 'Application/Octet-Stream', 'application/x-ndjson; charset=UTF-8']) {
    t.equal((await upload('format=ndjson', ndjson([catalogueRecord(1)]), { 'content-type': type })).statusCode, 202, type)
  }
})
