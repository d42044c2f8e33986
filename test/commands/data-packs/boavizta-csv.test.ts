import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readBoaviztaCsv, type NumberedRow } from '../../../src/commands/data-packs/boavizta-csv.js'
import { CommandError } from '../../../src/commands/running/command-error.js'
import { projectPath } from '../../../src/project-root.js'

const SAMPLE = projectPath('test/fixtures/data-packs/boavizta-sample.csv')

async function read (path: string): Promise<NumberedRow[]> {
  const rows: NumberedRow[] = []
  for await (const row of readBoaviztaCsv(path)) rows.push(row)
  return rows
}

t.test('rows are numbered as a spreadsheet numbers them', async t => {
  const rows = await read(SAMPLE)
  t.same(rows.map(({ line, row }) => [line, row.name]), [
    [2, 'Slate 14'], [3, 'Slate 16, touch'], [4, 'Tower 3'], [5, 'Press 9'], [6, 'Pocket 5'], [7, 'Pocket 5'], [8, 'Rack 2']
  ])
})

t.test('the edition with semicolons and decimal commas is refused, and its twin named', async t => {
  const path = join(t.testdir(), 'boavizta-data-fr.csv')
  writeFileSync(path, 'manufacturer;name;gwp_total\nUmbriel (fictional);Slate 14;300,5\n')
  await t.rejects(read(path), { name: 'CommandError', message: /boavizta-data-us\.csv/ })
})

t.test('another CSV is refused with the columns that it lacks', async t => {
  const path = join(t.testdir(), 'other.csv')
  writeFileSync(path, 'manufacturer,name,subcategory\nUmbriel (fictional),Slate 14,Laptop\n')
  await t.rejects(read(path), { name: 'CommandError', message: /no column gwp_total, gwp_use_ratio/ })
})

t.test('a broken row is refused with its place', async t => {
  const path = join(t.testdir(), 'broken.csv')
  const [header] = readFileSync(SAMPLE, 'utf8').split('\n')
  writeFileSync(path, `${header}\nUmbriel (fictional),Slate 14\n`)
  const refused = await read(path).then(() => undefined, error => error)
  t.ok(refused instanceof CommandError)
  t.match(refused.message, /line 2/)
})

t.test('a file that is not there is named', async t => {
  await t.rejects(read(join(t.testdir(), 'absent.csv')), { name: 'CommandError', message: /absent\.csv cannot be read: ENOENT/ })
})
