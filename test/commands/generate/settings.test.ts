import { parseEnv } from 'node:util'
import t from 'tap'
import { envExample, readmeWithSettings } from '../../../src/commands/generate/settings.js'
import { describedSettings, readConfig } from '../../../src/config.js'

const before = '# Title\n\n<!-- settings: generated from src/config.ts by "npm run generate" -->\n'
const after = '<!-- end of settings -->\n\nMore.\n'

t.test('the table of the README is renewed and the rest is left alone', async t => {
  const readme = readmeWithSettings(`${before}old table\n${after}`)
  t.ok(readme.startsWith(before))
  t.ok(readme.endsWith(after))
  t.notOk(readme.includes('old table'))
  for (const [name] of describedSettings) t.equal(readme.split(`\n| \`${name}\` |`).length, 2, `${name} has one row`)
  t.equal(readmeWithSettings(readme), readme, 'a second run changes nothing')
})

t.test('a README without the marker lines is refused, not overwritten', async t => {
  t.throws(() => readmeWithSettings('# Title\n'), /README\.md must hold the line/)
  t.throws(() => readmeWithSettings(before), /README\.md must hold the line/)
})

t.test('every row of the table has as many cells as its head', async t => {
  const rows = readmeWithSettings(before + after).split('\n').filter(line => line.startsWith('| `'))
  t.equal(rows.length, describedSettings.length)
  for (const row of rows) t.equal(row.replaceAll('\\|', '').split('|').length, 6, row)
})

t.test('.env.example changes nothing as it is, and is acceptable with every line taken in', async t => {
  t.same(Object.keys(parseEnv(envExample())), [])
  const everything = parseEnv(envExample().replaceAll(/^# (?=[A-Z_]+=)/gm, ''))
  t.same(Object.keys(everything).sort(), describedSettings.map(([name]) => name).sort())
  t.ok(readConfig(everything))
})
